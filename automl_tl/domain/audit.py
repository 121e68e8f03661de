"""The audit log: who did what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody asks to have done; ``action`` is a route or a command, ``target`` what it is done to."""

    tenant: str
    who: str
    action: str
    target: str
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A deed in the log. ``status`` is the HTTP status of its answer where that was noted.

    A deed is noted before it is done, and its refusal or failure after: without a status it was done, or
    broke off with the daemon.
    """

    id: int
    time: float
    deed: Deed
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deeds a reader wants; None: whatever it is. ``since`` is in seconds since the epoch.

    ``who``, ``action`` and ``target`` are parts of the text.
    """

    tenant: str | None = None
    who: str | None = None
    action: str | None = None
    target: str | None = None
    since: float | None = None
    limit: int = 100
