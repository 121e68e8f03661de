"""What is known of the queue as a whole."""

from typing import Protocol

from automl_tl.domain.queue import Queue
from automl_tl.domain.quota import NO_QUOTA, Quota


class Queues(Protocol):
    """The queue, and what each tenant may have of it. Raises StoreUnavailable."""

    def queue(self, *, quota: Quota = NO_QUOTA, most: int | None = None) -> Queue | None:
        """Who waits, who runs and how each tenant stands; None where more than ``most`` wait.

        ``quota`` is that of tenants that were granted none of their own.
        """

    def front(self, *, quota: Quota = NO_QUOTA) -> Queue:
        """The same with each tenant's most urgent waiting job alone, and no past."""

    def ask_to_yield(self, id: str) -> bool:
        """Wish that a running job gives way, where nothing else is wished of it; whether it is so."""

    def quotas(self) -> dict[str, Quota]:
        """What each tenant was granted; None in it: as the settings say."""

    def grant(self, quota: Quota, *, tenant: str, who: str) -> None:
        """Give a tenant a quota of its own, noted as ``who``'s deed; None in it: as the settings say."""
