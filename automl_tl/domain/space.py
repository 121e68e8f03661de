"""A search space: which candidates, and over what they may be searched."""

from dataclasses import dataclass, field, replace

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Modality
from automl_tl.domain.gate import GatePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """An interval to search, both ends included; ``relative``: times the default of the candidate."""

    low: float
    high: float
    log: bool = False
    relative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What one search may try.

    ``freeze_depth`` is ``"every"``, or counts of stages, or shares such as ``"50%"`` (rounded to a stage).
    ``head_learning_rate`` multiplies the learning rate; ``augmentation`` is a strength in [0, 1].
    ``head_start``: heads begin as the linear probe's, else at random.
    """

    name: str
    candidates: tuple[Candidate, ...]
    freeze_depth: str | tuple[int | str, ...] = "every"
    learning_rate: Range = Range(low=0.03, high=30.0, log=True, relative=True)
    head_learning_rate: Range = Range(low=1.0, high=100.0, log=True)
    weight_decay: Range = Range(low=1e-6, high=1e-1, log=True)
    augmentation: Range = Range(low=0.0, high=1.0)
    max_epochs: int = 27
    head_start: bool = True
    gate: GatePolicy = field(default_factory=GatePolicy)

    def candidate(self, id: str) -> Candidate:
        """The candidate of that id; KeyError when there is none."""
        for candidate in self.candidates:
            if candidate.id == id:
                return candidate
        raise KeyError(id)

    def reading(self, modality: Modality) -> "Space":
        """The space without the candidates that it says were pretrained on other data."""
        kept = tuple(candidate for candidate in self.candidates if candidate.can_read(modality))
        return replace(self, candidates=kept)


def depths(space: Space, *, stages: int) -> tuple[int, ...]:
    """The freeze depths that this space searches on a backbone of ``stages`` stages, ascending."""
    if space.freeze_depth == "every":
        return tuple(range(stages + 1))
    return tuple(sorted({depth(entry, stages=stages) for entry in space.freeze_depth}))


def depth(entry: int | str, *, stages: int) -> int:
    """A freeze depth given as a count or as a share of the stages such as ``"50%"``; ValueError if beyond."""
    count = round(float(entry.rstrip("%")) / 100 * stages) if isinstance(entry, str) else entry
    if not 0 <= count <= stages:
        raise ValueError(f"freeze depth {entry}, but the backbone has {stages} stages")
    return count
