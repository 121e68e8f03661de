"""A moment's day, as sentences name it."""

from datetime import UTC, datetime


def day_of(seconds: float) -> str:
    """The day (UTC) of a moment in seconds since the epoch, such as ``2026-11-25``."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
