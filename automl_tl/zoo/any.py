"""All zoos behind one door."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts, Source, why_refused
from automl_tl.domain.licence import ANY, LicencePolicy
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateUnknown, LicenceRefused
from automl_tl.model.preparer import Preparer
from automl_tl.zoo.base import Backbone, Zoo
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo
from automl_tl.zoo.timm_zoo import TimmZoo
from automl_tl.zoo.transformers_zoo import TransformersZoo


class AnyZoo:
    """Asks the zoo that a candidate's source names."""

    def __init__(
        self,
        zoos: Mapping[Source, Zoo] | None = None,
        *,
        cache: Path | None = None,
        licences: LicencePolicy = ANY,
    ) -> None:
        """``cache`` is the hub's folder for what is fetched, None its usual one; ``zoos`` replace ours.

        ``licences`` are those that the operator allows. What they, or the candidate's space, do not allow is
        neither fetched nor opened: LicenceRefused.
        """
        ours: dict[Source, Zoo] = {
            Source.TIMM: TimmZoo(cache),
            Source.TRANSFORMERS: TransformersZoo(cache),
            Source.LOCAL_DIR: LocalDirZoo(),
            Source.EMBEDDED: EmbeddedZoo(),
        }
        self._zoos = ours | dict(zoos or {})
        self._policy = licences
        self._stated: dict[Candidate, str | None] = {}

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The backbone; not ``pretrained``: the same architecture with freshly drawn random weights."""
        return self._permitted(candidate).load(candidate, pretrained=pretrained)

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs; its licence as its publisher states it, or else its space."""
        found = self._permitted(candidate).facts(candidate)
        return replace(found, licence=self.licence(candidate) or found.licence)

    def preparer(self, candidate: Candidate) -> Preparer:
        """What makes samples ready for the candidate; fetches no weights."""
        return self._permitted(candidate).preparer(candidate)

    def weights(self, candidate: Candidate) -> Path:
        """The local safetensors file, fetched first where it is not here yet."""
        return self._permitted(candidate).weights(candidate)

    def fetch(self, candidate: Candidate, *, progress: Progress | None = None) -> None:
        """Bring here what loading needs."""
        self._permitted(candidate).fetch(candidate, progress=progress)

    def licence(self, candidate: Candidate) -> str | None:
        """What the publisher of the weights states, None: nothing."""
        if candidate not in self._stated:
            self._stated[candidate] = self._of(candidate).licence(candidate)
        return self._stated[candidate]

    def is_here(self, candidate: Candidate) -> bool:
        """Whether the weights are on this machine."""
        return self._of(candidate).is_here(candidate)

    def _permitted(self, candidate: Candidate) -> Zoo:
        """The candidate's zoo; raises LicenceRefused."""
        zoo = self._of(candidate)
        why = why_refused(
            candidate, stated=self.licence(candidate), policy=self._policy, is_local=zoo.is_here(candidate)
        )
        if why is not None:
            raise LicenceRefused(why)
        return zoo

    def _of(self, candidate: Candidate) -> Zoo:
        kind = candidate.source.partition(":")[0]
        if kind not in set(Source) or Source(kind) not in self._zoos:
            known = ", ".join(f"{source}:" for source in self._zoos)
            raise CandidateUnknown(f"the source {candidate.source!r} is of no known kind; there are {known}")
        return self._zoos[Source(kind)]
