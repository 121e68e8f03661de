"""The best answer of a job that came to no decision: what can be handed out, and that it is unproven."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.rungs import incumbent
from automl_tl.domain.space import Space
from automl_tl.domain.trial import Trial
from automl_tl.errors import Conflict
from automl_tl.job.own_champions import of_tenant
from automl_tl.settings import Settings
from automl_tl.store.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """A job's best trial so far, its checkpoint's folder and the file of the manifest it was trained on."""

    job: str
    trial: Trial
    candidate: Candidate
    checkpoint: Path
    manifest: Path


def unproven(
    store: Store, settings: Settings, id: str, *, read_space: Callable[[str, Path], Space]
) -> Unproven:
    """The job's best answer, whatever became of the job; raises NotFound, Conflict where there is none."""
    job = store.job(id)
    best = incumbent(store.trials(id))
    if best is None or best.report is None or job.manifest is None:
        raise Conflict(f"job {id} has no answer yet: not one trial has reported")
    checkpoint = settings.folders.job(id) / best.report.checkpoint
    if not checkpoint.is_dir():
        raise Conflict(f"the checkpoint of trial {best.number}, the best of job {id}, was let go")
    space = of_tenant(read_space(job.request.space, Path(job.request.space_root)), job.tenant)
    return Unproven(
        job=id,
        trial=best,
        candidate=space.candidate(best.configuration.candidate),
        checkpoint=checkpoint,
        manifest=Path(job.manifest),
    )
