"""All zoos behind one door."""

from collections.abc import Mapping
from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts, Source
from automl_tl.errors import CandidateUnknown
from automl_tl.zoo.base import Backbone, Zoo
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo
from automl_tl.zoo.timm_zoo import TimmZoo
from automl_tl.zoo.transformers_zoo import TransformersZoo


class AnyZoo:
    """Asks the zoo that a candidate's source names."""

    def __init__(self, zoos: Mapping[Source, Zoo] | None = None, *, cache: Path | None = None) -> None:
        """``cache`` is the hub's folder for what is fetched, None its usual one; ``zoos`` replace ours."""
        ours: dict[Source, Zoo] = {
            Source.TIMM: TimmZoo(cache),
            Source.TRANSFORMERS: TransformersZoo(cache),
            Source.LOCAL_DIR: LocalDirZoo(),
            Source.EMBEDDED: EmbeddedZoo(),
        }
        self._zoos = ours | dict(zoos or {})

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The backbone; not ``pretrained``: the same architecture with freshly drawn random weights."""
        return self._of(candidate).load(candidate, pretrained=pretrained)

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs."""
        return self._of(candidate).facts(candidate)

    def weights(self, candidate: Candidate) -> Path:
        """The local safetensors file, fetched first where it is not here yet."""
        return self._of(candidate).weights(candidate)

    def _of(self, candidate: Candidate) -> Zoo:
        kind = candidate.source.partition(":")[0]
        if kind not in set(Source) or Source(kind) not in self._zoos:
            known = ", ".join(f"{source}:" for source in self._zoos)
            raise CandidateUnknown(f"the source {candidate.source!r} is of no known kind; there are {known}")
        return self._zoos[Source(kind)]
