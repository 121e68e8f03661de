"""Why trials failed, told in few words."""

from collections import Counter


def common(failures: list[str]) -> str:
    """The three most common reasons, with how often each was given."""
    return "; ".join(f"{reason} ({count}×)" for reason, count in Counter(failures).most_common(3))
