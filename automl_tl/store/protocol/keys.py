"""What keeps API keys, and who did what."""

from typing import Protocol

from automl_tl.domain.api_key import ApiKey, Shown
from automl_tl.domain.audit import Deed, Noted, Wanted
from automl_tl.domain.caller import Role


class Keys(Protocol):
    """Keys are kept as digests: none can be shown again."""

    def add_key(
        self, shown: Shown, *, tenant: str, role: Role, label: str, expires: float | None, who: str
    ) -> ApiKey:
        """Keep a key, and in the log that ``who`` made it."""

    def api_keys(self, *, tenant: str | None = None) -> tuple[ApiKey, ...]:
        """Every key, revoked ones too, the oldest first; None: of all tenants."""

    def revoke_key(self, id: str, *, who: str) -> ApiKey:
        """Let the key open nothing any more, at once and everywhere; raises NotFound."""

    def key_of(self, shown: Shown) -> ApiKey | None:
        """The key that was shown; None where it is unknown, revoked or out of date."""

    def standing_key(self, id: str) -> ApiKey | None:
        """The key of that id; None where it is unknown, revoked or out of date."""

    def has_keys(self) -> bool:
        """Whether any key opens anything now."""


class Audit(Protocol):
    """Who did what: rows are added, and never changed or deleted."""

    def note(self, deed: Deed, *, status: int | None = None) -> int:
        """Add a deed; its number."""

    def note_status(self, number: int, status: int) -> None:
        """Add that a noted deed was answered with this status."""

    def deeds(self, wanted: Wanted) -> tuple[Noted, ...]:
        """The newest deeds first."""
