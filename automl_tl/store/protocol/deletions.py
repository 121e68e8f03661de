"""What keeps that something was let go."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Deletions(Protocol):
    """What was let go. Each is written before a byte is deleted, and what was decided stays for ever."""

    def delete_versions(self, *, tenant: str, name: str, decisions: Sequence[str], reason: str) -> None:
        """Write down that these registered versions go; those that went before stay as they were.

        Raises NotFound, and Conflict where one is the champion or what a rollback goes back to.
        """

    def retire(self, *, tenant: str, name: str, reason: str) -> None:
        """Write down that all of a name's versions go, and that it has no champion from now on.

        Raises NotFound, and Conflict while a job of that name runs or is being registered.
        """

    def forget(
        self,
        *,
        tenant: str,
        dataset_name: str | None,
        samples: Sequence[str],
        manifests: Sequence[str],
        told: Mapping[str, object],
    ) -> None:
        """Write down that these samples (sha256) are to be forgotten, in one dataset-name or (None) in all.

        ``manifests`` are the paths of those that hold them: the ended jobs behind them are not tried again.
        ``told`` is the event's data. Raises Conflict while a job uses one, or is only now reading its data.
        """

    def forgotten(self, *, tenant: str, dataset_name: str) -> dict[str, float]:
        """Sample sha256 → when it was forgotten, of one dataset-name and of all."""

    def change_digest(self, id: str, *, digest: str, told: Mapping[str, object]) -> None:
        """A decision's artifact has other bytes now: keep their digest, and both of them as an event."""
