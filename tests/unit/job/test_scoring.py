"""Candidates that cannot serve are left out, with a reason each."""

from dataclasses import replace

import pytest
from numbers_desk import NumbersDesk

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.job import Limits
from automl_tl.domain.work import Result, Score, Scored, Work
from automl_tl.errors import CandidateFailed, NoCandidate, WorkerLost
from automl_tl.job.checking import check
from automl_tl.job.scoring import facts_of, left_out, pinned, score
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class ScoringWorker(NumbersWorker):
    """Beta is larger and slower; what ``failures`` holds for a candidate is raised, one at each attempt."""

    def __init__(self, **failures: list[Exception]) -> None:
        self.asked: list[str] = []
        self._failures = failures

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if not isinstance(work, Score):
            return result
        assert isinstance(result, Scored)
        self.asked.append(work.candidate.id)
        if failures := self._failures.get(work.candidate.id):
            raise failures.pop(0)
        if work.candidate.id != "beta":
            return result
        beyond = {"parameters": 9000, "size_bytes": 2_500_000, "latency_seconds": 0.05}
        return replace(result, facts=replace(result.facts, **beyond))


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(parameters=8000), "beta: 9000 parameters, but at most 8000 are allowed"),
        (Limits(size_megabytes=1.5), "beta: 2.5 MB, but at most 1.5 MB are allowed"),
        (Limits(latency_milliseconds=20), "beta: 50.0 ms a sample, but at most 20 ms are allowed"),
    ],
)
def test_a_candidate_beyond_a_limit_is_left_out(
    store: Store, settings: Settings, limits: Limits, reason: str
) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=ScoringWorker(), limits=limits)

    facts = score(job.desk, check(job.desk)[1])

    assert list(facts) == ["alpha"]
    assert left_out(job.desk) == (reason,)


def test_a_job_without_any_candidate_left_fails_with_every_reason(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=ScoringWorker(), limits=Limits(parameters=10))

    with pytest.raises(NoCandidate, match=r"alpha: 1000 .*; beta: 9000 parameters"):
        score(job.desk, check(job.desk)[1])


def test_a_space_for_other_data_is_refused_before_anything_is_opened(
    store: Store, settings: Settings
) -> None:
    worker = ScoringWorker()
    job = NumbersDesk(store=store, settings=settings, worker=worker)
    others = replace(job.desk, space=replace(job.desk.space, candidates=()))

    with pytest.raises(NoCandidate, match="says of none of its candidates that it reads image data"):
        score(others, check(job.desk)[1])

    assert worker.asked == []


def test_a_candidate_that_cannot_be_loaded_is_left_out(store: Store, settings: Settings) -> None:
    worker = ScoringWorker(alpha=[CandidateFailed("the weights do not fit")])
    job = NumbersDesk(store=store, settings=settings, worker=worker)

    assert list(score(job.desk, check(job.desk)[1])) == ["beta"]
    assert left_out(job.desk) == ("alpha: the weights do not fit",)


def test_a_worker_that_was_lost_once_does_not_cost_the_candidate(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=ScoringWorker(alpha=[WorkerLost("it died")]))

    assert list(score(job.desk, check(job.desk)[1])) == ["alpha", "beta"]


def test_what_was_scored_before_is_not_scored_again(store: Store, settings: Settings) -> None:
    worker = ScoringWorker(alpha=[CandidateFailed("the weights do not fit")])
    job = NumbersDesk(store=store, settings=settings, worker=worker)
    first = score(job.desk, check(job.desk)[1])
    asked = list(worker.asked)

    again = job.again()

    assert score(again, check(again)[1]) == first == facts_of(again)
    assert worker.asked == asked


def test_a_candidate_is_held_to_the_revision_that_was_measured(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=ScoringWorker())
    facts = score(job.desk, check(job.desk)[1])
    alpha, beta = job.desk.space.candidates
    space = replace(job.desk.space, candidates=(replace(alpha, source="transformers:a/b"), beta))

    found = pinned(space, {id: replace(known, revision="a" * 40) for id, known in facts.items()})

    assert [candidate.revision for candidate in found.candidates] == ["a" * 40, None]
