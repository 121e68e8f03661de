"""The earlier answer, where a job that asks for it has the data, the space and the code of a finished one."""

from automl_tl.champions.lineage import code
from automl_tl.domain.candidate import Candidate, Source
from automl_tl.domain.dataset import Manifest
from automl_tl.domain.job import JobState
from automl_tl.domain.promotion import Decided
from automl_tl.domain.reuse import answers
from automl_tl.job.desk import Desk


def earlier_answer(desk: Desk, manifest: Manifest) -> Decided | None:
    """The newest decision that answers this job too; None: it did not ask for one, or there is none."""
    if not desk.job.request.reuse or any(map(_moves, desk.space.candidates)):
        return None
    made = desk.store.versions(tenant=desk.job.tenant, name=desk.job.request.name)
    return next((decided for decided in made if _answers(desk, decided, manifest)), None)


def _moves(candidate: Candidate) -> bool:
    """Whether it is another model after each promotion."""
    return candidate.kind is Source.CHAMPION and candidate.revision is None


def _answers(desk: Desk, decided: Decided, manifest: Manifest) -> bool:
    known = (decided.lineage.get("manifest"), decided.lineage.get("code"))
    if decided.gone is not None or known != (manifest.fingerprint, dict(code())):
        return False
    job = desk.store.job(decided.job)
    return job.state is JobState.SUCCEEDED and answers(job.request, desk.job.request)
