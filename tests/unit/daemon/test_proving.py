"""Retest picks one challenger; a champion that changed meanwhile has to be beaten too."""

from dataclasses import replace
from typing import Any

from numbers_desk import NAME, NumbersDesk

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.dataset import Split
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.work import Evaluate, Prove, Proven, Result, Work
from automl_tl.errors import Diverged
from automl_tl.settings import Settings
from automl_tl.store.base import Store


class TieWorker(NumbersWorker):
    """All finalists are equal on retest; a later trial is quicker."""

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if isinstance(result, Proven) and isinstance(work, Prove) and work.split is Split.RETEST:
            readings = (replace(r, value=0.9, seconds=1 / (1 + int(r.name))) for r in result.readings)
            return Proven(readings=tuple(readings))
        return result


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
    """A store in which another job of the name decides right before this one."""

    def __init__(self, store: Any, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.decisions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def decide(self, *args: Any, **kwargs: Any) -> Any:
        self.decisions += 1
        if self.decisions == 1:
            other = NumbersDesk(store=self._store, settings=self._settings).decided()
            assert other.decision.outcome is Outcome.PROMOTE
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


def test_a_tie_on_retest_goes_to_the_one_that_is_quicker_to_serve(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=TieWorker())
    loop = job.loop()
    loop.run()

    challenge = job.proving().challenge(loop.trials)

    readings = next(m for m in store.measurements(job.lease.job) if m.kind == "retest").value["readings"]
    assert isinstance(readings, list) and len(readings) == 3
    assert challenge.trial.number == max(int(reading["name"]) for reading in readings)


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
