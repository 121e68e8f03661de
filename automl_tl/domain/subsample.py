"""How many training samples scores are computed on."""

A_CLASS = 20
LEAST = 500
MOST = 2000


def subsample_size(classes: int) -> int:
    """Twenty samples a class, but 500 to 2000 in all; two of each class at least."""
    return max(min(MOST, max(LEAST, A_CLASS * classes)), 2 * classes)
