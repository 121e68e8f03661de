"""When a waiting job will start is told from budgets and past jobs, along the queue's own order."""

from automl_tl.domain.expectation import FORETOLD, Place, lasts, places
from automl_tl.domain.queue import Queue, Running, Standing, Took, Waiting
from automl_tl.domain.quota import Quota

NOW = 1000.0


def waits(job: str, *, tenant: str = "a", priority: int = 0, budget: float | None = 100.0) -> Waiting:
    sequence = int("".join(filter(str.isdigit, job)))
    return Waiting(
        job=job, tenant=tenant, name="n", priority=priority, sequence=sequence, budget_seconds=budget
    )


def runs(*, tenant: str = "a", seconds: float = 0.0, budget: float | None = 100.0) -> Running:
    return Running(
        job="r", tenant=tenant, name="n", priority=0, holder="h", seconds=seconds, budget_seconds=budget
    )


def took(seconds: float, budget: float | None, *, tenant: str = "a", name: str = "n") -> Took:
    return Took(tenant=tenant, name=name, seconds=seconds, budget_seconds=budget)


def test_jobs_start_as_those_before_them_end() -> None:
    queue = Queue(waiting=(waits("j1"), waits("j2", priority=1)), running=(runs(seconds=40.0),))

    found = places(queue, slots=1, now=NOW)

    assert found == {"j2": Place(position=1, start=NOW + 60), "j1": Place(position=2, start=NOW + 160)}


def test_jobs_beside_each_other_start_at_once() -> None:
    queue = Queue(waiting=(waits("j1"), waits("j2"), waits("j3")))

    found = places(queue, slots=2, now=NOW)

    assert [found[job].start for job in ("j1", "j2", "j3")] == [NOW, NOW, NOW + 100]


def test_past_jobs_tell_what_share_of_a_budget_is_used() -> None:
    past = (took(50.0, 100.0), took(100.0, 100.0, name="other"), took(7.0, 70.0, tenant="b"))

    assert lasts(Queue(took=past), tenant="a", name="n", budget_seconds=60.0) == 30.0
    assert lasts(Queue(took=past), tenant="a", name="new", budget_seconds=60.0) == 45.0
    assert lasts(Queue(took=past), tenant="c", name="n", budget_seconds=60.0) == 30.0
    assert lasts(Queue(), tenant="a", name="n", budget_seconds=60.0) == 60.0


def test_nothing_is_foretold_behind_a_job_of_unknown_length() -> None:
    queue = Queue(waiting=(waits("j1", budget=None), waits("j2")))

    assert [place.start for place in places(queue, slots=1, now=NOW).values()] == [NOW, None]
    past = (took(30.0, None),)
    known = Queue(waiting=queue.waiting, took=past)
    assert [place.start for place in places(known, slots=1, now=NOW).values()] == [NOW, NOW + 30]


def test_far_ahead_there_are_places_but_no_times() -> None:
    queue = Queue(waiting=tuple(waits(f"j{n}") for n in range(FORETOLD + 1)))

    found = places(queue, slots=1, now=NOW)

    assert found[f"j{FORETOLD}"] == Place(position=FORETOLD + 1)
    assert found[f"j{FORETOLD - 1}"].start is not None


def test_quotas_keep_jobs_back_and_say_so() -> None:
    one = Quota(running_jobs=1)
    queue = Queue(
        waiting=(waits("j1"), waits("j2", tenant="b"), waits("j3", tenant="c")),
        running=(runs(),),
        standings={
            "a": Standing(running=1, quota=one),
            "c": Standing(seconds=50.0, quota=Quota(compute_seconds=50.0)),
        },
    )

    found = places(queue, slots=2, now=NOW)

    assert (found["j2"].position, found["j2"].start) == (1, NOW)
    assert (found["j1"].position, found["j1"].start) == (2, NOW + 100)
    assert found["j1"].waits_for == "its tenant runs 1 jobs, and 1 may at once"
    assert (found["j3"].position, found["j3"].start) == (3, None)
    assert found["j3"].waits_for == "its tenant has used up its 50 s of compute in 24 hours"
