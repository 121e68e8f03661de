"""What a card is made from: the rows and files that a decided job leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from automl_tl.card.values import Loading
from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.dataset import DataReport, Manifest
from automl_tl.domain.job import Job
from automl_tl.domain.promotion import Decided
from automl_tl.domain.trial import Trial
from automl_tl.domain.work import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that is known of a decided job.

    ``candidates`` are the space's; ``facts`` tell of those that were opened, ``left_out`` why another was not
    searched, both by id. ``phases`` are wall seconds by phase. ``retest`` and ``test`` hold readings by name.
    """

    job: Job
    decided: Decided
    trials: Sequence[Trial]
    facts: Mapping[str, CandidateFacts]
    seconds: float
    loading: Loading
    candidates: Sequence[Candidate] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    phases: Mapping[str, float] = field(default_factory=dict)
    curve: Sequence[tuple[float, float]] = ()
    data: DataReport | None = None
    manifest: Manifest | None = None
    retest: Mapping[str, Reading] = field(default_factory=dict)
    test: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def winner(self) -> Trial:
        """The trial whose checkpoint was the challenger."""
        return next(t for t in self.trials if t.number == self.decided.lineage["trial"])
