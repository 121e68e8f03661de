"""Which evaluations fit into memory beside each other: slots bound the cores, this bounds the bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.trial import Configuration

SHARE = 0.85  # allocators round up, and others want some of it too


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """``bytes`` is what all workers together may take beside themselves, on all GPUs where they have some."""

    facts: Mapping[str, CandidateFacts]
    bytes: int

    @classmethod
    def of(cls, facts: Mapping[str, CandidateFacts], *, cards: int, free_bytes: int) -> "Packing":
        """The room on ``cards`` GPUs of the size that was measured, else what is free in this machine."""
        devices = [found.device_bytes for found in facts.values() if found.device_bytes is not None]
        room = max(1, cards) * min(devices) if devices else free_bytes
        return cls(facts=facts, bytes=int(SHARE * room))

    def takes(self, wanted: Configuration, *, beside: Sequence[Configuration]) -> bool:
        """Whether it fits beside those that run; alone it may always try, in halves perhaps."""
        return not beside or self._wanted(wanted) + sum(map(self._wanted, beside)) <= self.bytes

    def at_once(self, slots: int) -> int:
        """How many of the largest candidate run at once, one at least: for who cannot choose by trial."""
        largest = max((found.training_bytes or 0 for found in self.facts.values()), default=0)
        return max(1, min(slots, self.bytes // largest)) if largest else slots

    def _wanted(self, configuration: Configuration) -> int:
        found = self.facts[configuration.candidate]
        is_probe = configuration.freeze_depth == len(found.stages)  # its head takes next to nothing
        return 0 if is_probe or found.training_bytes is None else found.training_bytes
