"""Retest picks one challenger; a champion that changed meanwhile has to be beaten too."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numbers_desk import NAME, NumbersDesk

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.dataset import Split
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.trial import Trial
from automl_tl.domain.work import Evaluate, Prove, Proven, Reading, Result, Scored, Work
from automl_tl.errors import Diverged, JobFailed
from automl_tl.job.retention import finalists as finalists_of
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class TieWorker(NumbersWorker):
    """Of the finalists on retest, ``beta``'s are the cheaper; all call alike, but for what they ``miss``."""

    def __init__(self, *, missed_by_cheap: int = 0) -> None:
        self._missed = missed_by_cheap
        self.cheap: set[str] = set()

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if isinstance(result, Scored):
            is_cheap = result.facts.candidate == "beta"
            return replace(result, facts=replace(result.facts, multiply_adds=3000 if is_cheap else 4000))
        if isinstance(result, Proven) and isinstance(work, Prove) and work.split is Split.RETEST:
            self.cheap = {c.name for c in work.contenders if c.candidate and c.candidate.id == "beta"}
            return Proven(readings=tuple(self._called(reading) for reading in result.readings))
        return result

    def _called(self, reading: Reading) -> Reading:
        targets = np.load(reading.predictions)["targets"]
        calls = targets.copy()
        calls[: self._missed if reading.name in self.cheap else 0] ^= 1
        np.savez(reading.predictions, targets=targets, probabilities=np.eye(2, dtype=np.float32)[calls])
        return replace(reading, value=float((calls == targets).mean()))


class DamagedWorker(NumbersWorker):
    """Whoever it is told cannot be read."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if not isinstance(result, Proven):
            return result
        unread = {"value": 0.0, "predictions": "", "flaw": "cannot be read: its weights are gone"}
        readings = (replace(r, **unread) if self._names_it(r) else r for r in result.readings)
        return Proven(readings=tuple(readings))

    def _names_it(self, reading: Reading) -> bool:
        return reading.name in self._names or ("finalists" in self._names and reading.name.isdecimal())


class CountingWorker(NumbersWorker):
    """Remembers which splits were read, and cannot train from scratch if so told."""

    def __init__(self, *, scratch: bool = True) -> None:
        self.read: list[tuple[str, tuple[str, ...]]] = []
        self._scratch = scratch

    def perform(self, work: Work) -> Result:
        if isinstance(work, Prove):
            self.read.append((str(work.split), tuple(c.name for c in work.contenders)))
        if isinstance(work, Evaluate) and not work.configuration.pretrained and not self._scratch:
            raise Diverged("the loss was no longer a number")
        return super().perform(work)


class OvertakenStore:
    """A store in which another job of the name decides right before this one, whose lease had run out."""

    def __init__(self, store: Any, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.decisions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def decide(self, *args: Any, **kwargs: Any) -> Any:
        self.decisions += 1
        if self.decisions == 1:
            self._store.expire(holder="test")
            other = NumbersDesk(store=self._store, settings=self._settings)
            assert other.decided().decision.outcome is Outcome.PROMOTE
        return self._store.decide(*args, **kwargs)


class HoldingStore:
    """A store in which a person holds the name right before the decision."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def decide(self, *args: Any, **kwargs: Any) -> Any:
        self._store.hold(tenant=DEFAULT_TENANT, name=NAME, reason="wait")
        return self._store.decide(*args, **kwargs)


def validated(trial: Trial, value: float) -> Trial:
    assert trial.report is not None
    return replace(trial, reports=(*trial.reports[:-1], replace(trial.report, value=value)))


@pytest.mark.parametrize(
    ("missed", "worse", "is_tie"),
    [
        (0, 0.0, True),
        (1, 0.0, True),
        (20, 0.0, False),
        (20, -0.1, False),  # by validation alone it would be the best
        (20, -0.196, False),  # within half a point on both, but not on retest
        (0, 0.004, True),
        (0, 0.05, False),
        (0, -0.05, True),
    ],
)
def test_a_tie_on_validation_and_retest_goes_to_the_cheaper_network(
    store: Store, settings: Settings, missed: int, worse: float, is_tie: bool
) -> None:
    worker = TieWorker(missed_by_cheap=missed)
    job = NumbersDesk(store=store, settings=settings, worker=worker)
    loop = job.loop()
    loop.run()

    finalists = [
        validated(trial, 0.9 - worse * (trial.configuration.candidate == "beta"))
        for trial in finalists_of(job.study.trials)
    ]
    challenge = job.retest().challenge(finalists)

    readings = next(m for m in store.measurements(job.lease.job) if m.kind == "retest").value["readings"]
    assert isinstance(readings, list) and len(readings) == 3 and len(worker.cheap) == 1
    assert (challenge.retest.name in worker.cheap) is is_tie


def test_a_champion_that_cannot_be_read_leaves_the_decision_to_a_person(
    store: Store, settings: Settings
) -> None:
    NumbersDesk(store=store, settings=settings).decided()
    before = store.promotions(tenant=DEFAULT_TENANT, name=NAME)

    decided = NumbersDesk(store=store, settings=settings, worker=DamagedWorker("champion")).decided()

    assert decided.decision.outcome is Outcome.PENDING
    assert "the champion cannot be read: its weights are gone" in decided.decision.reason
    assert store.promotions(tenant=DEFAULT_TENANT, name=NAME) == before
    assert store.decision(decided.job) == decided


def test_a_job_of_which_no_finalist_can_be_read_says_so(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=DamagedWorker("finalists"))

    with pytest.raises(JobFailed, match=r"no finalist can be read: trials \d, \d, \d cannot be read: its"):
        job.decided()


def test_a_challenger_whose_champion_was_dethroned_meanwhile_is_proved_against_the_new_one(
    store: Store, settings: Settings
) -> None:
    worker = CountingWorker()
    overtaken = OvertakenStore(store, settings)
    job = NumbersDesk(store=overtaken, settings=settings, worker=worker)

    decided = job.decided()

    assert overtaken.decisions == 2
    assert decided.decision.outcome is Outcome.KEEP  # the same model as the other job's
    assert decided.proof.gain_over("champion") is not None
    tests = [names for split, names in worker.read if split == "test"]
    assert [("champion" in names) for names in tests] == [False, True]
    assert [split for split, _ in worker.read].count("retest") == 1
    assert decided.proof.opening == 1  # both readings of this job are one opening of its own
    assert store.openings(tenant=DEFAULT_TENANT, name=NAME) == 2


def test_a_decided_job_keeps_its_decision_and_reads_nothing_again(store: Store, settings: Settings) -> None:
    worker = CountingWorker()
    job = NumbersDesk(store=store, settings=settings, worker=worker)
    decided = job.decided()
    read = list(worker.read)

    job.desk = job.again()

    assert job.decided() == decided
    assert worker.read == read


def test_a_scratch_baseline_that_cannot_be_trained_is_left_out(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=CountingWorker(scratch=False))

    decided = job.decided()

    assert set(decided.proof.values) == {"challenger", "majority", "cheap"}
    assert decided.decision.outcome is Outcome.PROMOTE


def test_a_held_name_keeps_its_champion_whatever_was_proven(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=CountingWorker())
    store.hold(tenant=DEFAULT_TENANT, name=NAME, reason="the shop is closed")

    decided = job.decided()

    assert decided.decision.outcome is Outcome.KEEP
    assert decided.decision.reason.endswith("kept out, for the name is held (the shop is closed)")
    assert store.promotions(tenant=DEFAULT_TENANT, name=NAME) == ()


def test_a_name_that_is_held_while_a_job_proves_is_not_promoted_to(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=HoldingStore(store), settings=settings, worker=CountingWorker())

    assert job.decided().decision.outcome is Outcome.KEEP
    assert store.promotions(tenant=DEFAULT_TENANT, name=NAME) == ()
