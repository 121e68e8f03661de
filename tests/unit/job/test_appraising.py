"""Scores are measurements: stored before they are used, asked for once, and no reason to fail."""

from dataclasses import replace

from numbers_desk import NumbersDesk

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.dataset import Manifest
from automl_tl.domain.work import Appraise, Result, Work
from automl_tl.errors import OutOfMemory
from automl_tl.job.appraising import Scores, appraise, scores_of
from automl_tl.job.checking import check
from automl_tl.job.scoring import score
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class AppraisingWorker(NumbersWorker):
    """Remembers whose scores were asked for; those of ``fails`` cannot be computed."""

    def __init__(self, *, fails: str = "") -> None:
        self.asked: list[str] = []
        self._fails = fails

    def perform(self, work: Work) -> Result:
        if isinstance(work, Appraise):
            self.asked.append(work.candidate.id)
            if work.candidate.id == self._fails:
                raise OutOfMemory("training did not fit into memory")
        return super().perform(work)


def appraised(job: NumbersDesk, *, times: int = 30) -> Scores:
    """As if the dataset were ``times`` as large: scores are not worth asking for on a small one."""
    manifest, path = check(job.desk)
    facts = score(job.desk, path)
    return appraise(job.desk, facts=facts, manifest=_larger(manifest, times), path=path)


def _larger(manifest: Manifest, times: int) -> Manifest:
    return replace(manifest, samples=manifest.samples * times)


def test_scores_are_kept_as_measurements_with_their_cost(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, trials=1)

    found = appraised(job)

    assert found == scores_of(job.desk) == {"alpha": {"logme": 1.0}, "beta": {"logme": 0.5}}
    rows = [m.value for m in store.measurements(job.desk.job.id) if m.kind == "scores"]
    assert all(row["seconds"] == 0.001 and row["samples"] == 100 for row in rows)


def test_a_resumed_job_asks_for_no_score_again(store: Store, settings: Settings) -> None:
    worker = AppraisingWorker(fails="beta")
    job = NumbersDesk(store=store, settings=settings, worker=worker, trials=1)
    first = appraised(job)
    job.desk = job.again()

    assert appraised(job) == first
    assert sorted(worker.asked) == ["alpha", "beta"]


def test_a_candidate_without_scores_stays_a_candidate(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=AppraisingWorker(fails="alpha"), trials=1)

    assert appraised(job) == {"beta": {"logme": 0.5}}
    row = next(m for m in store.measurements(job.desk.job.id) if m.kind == "scores" and m.key == "alpha")
    assert row.value["reason"] == "training did not fit into memory"


def test_a_search_that_can_probe_everything_pays_for_no_score(store: Store, settings: Settings) -> None:
    worker = AppraisingWorker()
    job = NumbersDesk(store=store, settings=settings, worker=worker, trials=5)

    assert appraised(job) == {}
    assert worker.asked == []
