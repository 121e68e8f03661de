"""A job's result as scripts read it."""

from numbers_desk import NAME, NumbersDesk

from automl_tl.domain.trial import Report, TrialState
from automl_tl.errors import DatasetRefused, JobFailed
from automl_tl.job.outcome import best_so_far, failure_outcome, job_outcome, unfinished_outcome
from automl_tl.job.scoring import facts_of
from automl_tl.search.funnel import Funnel
from automl_tl.settings import Settings
from automl_tl.store.base import Store

PROMISED = {
    *("job", "name", "state", "decision", "reason", "version", "champion_version", "candidate"),
    *("freeze_depth", "metric", "validation", "retest", "test", "test_interval", "champion_test", "gain"),
    *("gain_interval", "baselines", "trials", "seconds", "best_so_far"),
}


def test_a_finished_job_says_all_that_was_promised(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    decided = job.decided()

    outcome = job_outcome(job.desk, decided, facts=facts_of(job.desk))

    assert set(outcome) >= PROMISED
    assert (outcome["state"], outcome["decision"], outcome["trials"]) == ("succeeded", "promote", 5)
    assert set(outcome["baselines"]) == {"majority", "cheap", "scratch"}  # type: ignore[call-overload]
    assert outcome["champion_test"] is outcome["gain"] is outcome["gain_interval"] is None
    assert outcome["version"] is None  # not registered yet


def test_a_second_job_is_compared_with_the_champion(store: Store, settings: Settings) -> None:
    first = NumbersDesk(store=store, settings=settings).decided()
    store.register(first.id, version=1)
    job = NumbersDesk(store=store, settings=settings)
    decided = job.decided()

    outcome = job_outcome(job.desk, decided, facts=facts_of(job.desk))

    assert (outcome["decision"], outcome["champion_version"]) == ("keep", 1)
    assert outcome["champion_test"] == outcome["test"]
    assert outcome["gain"] == 0.0
    assert "champion version 1" in str(outcome["reason"])


def test_best_so_far_holds_improvements_alone(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    job.loop().run()

    curve = best_so_far(store, job.desk.job)

    values = [value for _, value in curve]
    best = max(report.value for trial in store.trials(job.lease.job) for report in trial.reports)
    assert values == sorted(set(values))
    assert values[-1] == best
    assert [seconds for seconds, _ in curve] == sorted(seconds for seconds, _ in curve)


def test_a_cancelled_job_says_its_best_trial_so_far(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    loop = job.loop()
    before = unfinished_outcome(store, job.desk.job, seconds=1.0)
    loop.run()

    outcome = unfinished_outcome(store, job.desk.job, seconds=2.0)

    assert "trial" not in before and before["trials"] == 0
    values = {t.number: t.report.value for t in store.trials(job.lease.job) if t.report is not None}
    assert outcome["validation"] == max(values.values()) == values[outcome["trial"]]  # type: ignore[index]


def test_a_job_cancelled_amid_its_search_says_the_best_of_what_waits(
    store: Store, settings: Settings
) -> None:
    job = NumbersDesk(store=store, settings=settings)
    job.loop()
    job.study.propose(Funnel().propose(job.study.context()))
    trial = job.study.start(0, until_epoch=1)
    report = Report(epoch=1, value=0.7, loss=1.0, checkpoint="c", seconds=1.0, multiply_adds=1)
    store.settle(job.lease, number=trial.number, report=report, state=TrialState.WAITING)

    outcome = unfinished_outcome(store, job.desk.job, seconds=2.0)

    assert (outcome["trial"], outcome["validation"]) == (0, 0.7)


def test_a_failed_job_says_whose_fault_it_is(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings).desk.job

    mendable = failure_outcome(store, job, DatasetRefused("one class only"))
    beyond = failure_outcome(store, job, JobFailed("no trial could be trained"))

    assert (mendable["fault"], beyond["fault"]) == ("request", "job")
    assert mendable["name"] == NAME
    assert mendable["error"] == {"title": "the dataset was refused", "detail": "one class only"}
