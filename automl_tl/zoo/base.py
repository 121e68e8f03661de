"""Where backbones come from: what every zoo gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.prefetch import Progress
from automl_tl.model.preparer import Preparer
from automl_tl.model.spec import BackboneSpec, Preprocessing


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A candidate in memory, pretrained weights loaded.

    ``module`` maps a batch [B, ...] as ``normalise`` gives it to pooled features [B, F]. ``stages`` lists,
    input side first, the parameter-and-buffer name prefixes (exact module paths within ``module``) of each
    stage; stem and embeddings belong to the first; what is in no stage (final norm, pooling) belongs to the
    head. ``source_head`` is the classifier that the weights came with: weight [Z, F] and bias [Z], or None.
    ``files`` are those that the preprocessing names.
    """

    module: nn.Module
    spec: BackboneSpec
    preprocessing: Preprocessing
    stages: tuple[tuple[str, ...], ...]
    source_head: tuple[Tensor, Tensor] | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


class Zoo(Protocol):
    """One kind of source. Raises CandidateUnknown (no such thing), CandidateFailed (it cannot be loaded)."""

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The backbone; not ``pretrained``: the same architecture with freshly drawn random weights."""

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs; opens the weights, does not measure latency."""

    def preparer(self, candidate: Candidate) -> Preparer:
        """What makes samples ready for the candidate, found without its weights."""

    def weights(self, candidate: Candidate) -> Path:
        """The local safetensors file, fetched first where it is not here yet."""

    def fetch(self, candidate: Candidate, *, progress: Progress | None = None) -> None:
        """Bring here what loading needs; ``progress`` hears of the weights' bytes so far, and in all."""

    def licence(self, candidate: Candidate) -> str | None:
        """What the publisher of the weights states, read before they are fetched; None: nothing."""

    def is_here(self, candidate: Candidate) -> bool:
        """Whether the weights are on this machine; asks no network."""
