"""What keeps webhooks, and what they are still to be told."""

from collections.abc import Sequence
from typing import Protocol

from automl_tl.domain.webhook import Delivery, Notice, Occasion, Sent, Webhook


class Webhooks(Protocol):
    """The outbox: a notice is kept before it is sent, and until it is delivered or given up."""

    def add_webhook(self, *, tenant: str, url: str, occasions: Sequence[Occasion], secret: str) -> Webhook:
        """Tell this address of what happens from now on."""

    def webhooks(self, *, tenant: str | None = None) -> tuple[Webhook, ...]:
        """Those that were not removed, the oldest first; None: of all tenants."""

    def remove_webhook(self, id: str, *, tenant: str) -> None:
        """Tell it nothing more, not even what waits; raises NotFound."""

    def put_out(self, notices: Sequence[Notice], *, seen: int) -> None:
        """Keep notices, each once however often it is put out; every event up to ``seen`` was looked at."""

    def take_deliveries(self, *, most: int, lease_seconds: float) -> tuple[Delivery, ...]:
        """Notices that are due, those that wait longest first; nobody else is given them for a while."""

    def end_delivery(self, id: int, *, failure: str | None, pause_seconds: float | None = None) -> None:
        """It was delivered, or failed: then it is due again after the pause, or given up without one."""

    def sent(self, webhook: str, *, limit: int = 50) -> tuple[Sent, ...]:
        """How the newest deliveries stand, the newest first."""
