"""A moment as people write it, by this machine's zone where it names none."""

from contextlib import suppress
from datetime import datetime

from automl_tl.domain import duration
from automl_tl.errors import RequestError

_EXPECTED = "ISO 8601 such as 2026-11-23T22:00+01:00"


def moment_of(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 time; raises RequestError."""
    return _read(text, expected=_EXPECTED)


def since(text: str, *, now: float) -> float:
    """The same, or that of how long ago it was, such as ``2h``; raises RequestError."""
    with suppress(ValueError):
        return now - duration.seconds(text)
    return _read(text, expected=f"{_EXPECTED}, or how long ago, such as 2h")


def _read(text: str, *, expected: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise RequestError(f"{text[:100]} is not a time: expected {expected}") from None
