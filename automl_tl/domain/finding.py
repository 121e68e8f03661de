"""What an examination of the installation finds."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """``warn`` works, though not as well as it could; ``bad`` does not work."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing examined: what was found, and what to do where it is not well."""

    what: str
    health: Health = Health.OK
    found: str
    advice: str = ""
