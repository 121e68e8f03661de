"""What past jobs know is written down before a search goes by it."""

from dataclasses import replace

from numbers_desk import NumbersDesk

from automl_tl.domain.job import JobState
from automl_tl.domain.measurement import Measurement
from automl_tl.job.checking import check
from automl_tl.job.scoring import score
from automl_tl.job.shortlisting import PAST, SHORTLIST, shortlist
from automl_tl.settings import Settings
from automl_tl.store.base import Store


def finished(store: Store, settings: Settings, *, trials: int = 5) -> NumbersDesk:
    job = NumbersDesk(store=store, settings=settings, trials=trials)
    job.loop().run()
    store.finish(job.lease, JobState.SUCCEEDED, spent_seconds=1.0)
    return job


def stored(store: Store, job: str, kind: str) -> list[Measurement]:
    return [m for m in store.measurements(job) if m.kind == kind]


def test_the_first_job_has_nothing_to_go_by(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    job.loop()

    assert [m.value for m in stored(store, job.lease.job, PAST)] == [{"results": []}]
    assert not stored(store, job.lease.job, SHORTLIST)


def test_the_second_job_goes_by_the_first(store: Store, settings: Settings) -> None:
    first = finished(store, settings)
    second = NumbersDesk(store=store, settings=settings, trials=2)
    second.loop().run()

    best = {
        t.configuration.candidate: max(r.value for r in t.reports)
        for t in store.trials(first.lease.job)
        if t.origin == "default"
    }
    places = stored(store, second.lease.job, SHORTLIST)

    assert best["alpha"] > best["beta"]
    assert [(m.key, m.value["place"]) for m in places] == [("alpha", 1), ("beta", 2)]
    assert "on 1 earlier dataset;" in str(places[0].value["why"])
    assert store.trials(second.lease.job)[0].configuration.candidate == "alpha"


def test_a_resumed_job_goes_by_what_was_known_when_its_search_began(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    job.loop()
    finished(store, settings)

    again = job.again()
    _, path = check(again)

    assert shortlist(again, score(again, path), scores={}).belief is None


def test_other_tenants_count_only_where_the_prior_is_shared(store: Store, settings: Settings) -> None:
    finished(store, settings)
    for shares in (False, True):
        other = settings.model_copy(update={"shared_prior": shares})
        desk = NumbersDesk(store=store, settings=other).desk
        desk = replace(desk, job=replace(desk.job, tenant="elsewhere"))
        _, path = check(desk)

        assert (shortlist(desk, score(desk, path), scores={}).belief is not None) is shares
