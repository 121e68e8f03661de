"""How a job's trials are made into evaluations."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain import rungs
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.space import Space
from automl_tl.domain.trial import Trial
from automl_tl.domain.work import Evaluate
from automl_tl.job.retention import next_checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What all evaluations of a job have in common; ``folder`` is the job's, ``facts`` of its candidates."""

    space: Space
    manifest: str
    metric: str
    folder: Path
    facts: Mapping[str, CandidateFacts]

    def work(self, trial: Trial, *, seconds: float | None) -> Evaluate:
        """The evaluation that brings a trial to the rung it runs to, within so many ``seconds``."""
        return Evaluate(
            trial=trial.number,
            seed=trial.seed,
            candidate=self.space.candidate(trial.configuration.candidate),
            configuration=trial.configuration,
            manifest=self.manifest,
            metric=self.metric,
            until_epoch=trial.until_epoch,
            cycles=rungs.rungs(self.space.max_epochs),
            into=str(self.folder / next_checkpoint(trial)),
            checkpoint=None if trial.report is None else str(self.folder / trial.report.checkpoint),
            deadline_seconds=seconds,
            progress=str(self.folder / "progress" / str(trial.number)),
            kernels=self.facts[trial.configuration.candidate].kernels,
            head_start=self.space.head_start,
        )
