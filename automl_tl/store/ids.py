"""Identifiers that sort by time, and may stand in an address or be a folder's name."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # 32, ascending, lower case: some file systems ignore case
_TIME_PLACES = 9  # milliseconds until the year 3084
_CHANCE_PLACES = 5


def time_ordered(prefix: str, *, seconds: float, chance: int) -> str:
    """``prefix-`` and 14 characters: the time to the millisecond, then ``chance`` (taken modulo 32⁵)."""
    time = _written(round(seconds * 1000), places=_TIME_PLACES)
    return f"{prefix}-{time}{_written(chance, places=_CHANCE_PLACES)}"


def _written(number: int, *, places: int) -> str:
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(places)))
