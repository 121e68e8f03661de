"""A running job gives way to a more urgent one that could then begin, and to no other."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from automl_tl.domain.giving_way import who_gives_way
from automl_tl.domain.job import Wish
from automl_tl.domain.queue import Queue, Running, Standing, Waiting
from automl_tl.domain.queue_order import GUARANTEED
from automl_tl.domain.quota import Quota

FULL = Standing(running=1, quota=Quota(running_jobs=1))
SPENT = Standing(seconds=9.0, quota=Quota(compute_seconds=9.0))


def runs(job: str, *, priority: int = 0, seconds: float = 0.0, wish: Wish = Wish.NONE) -> Running:
    return Running(
        job=job, tenant=job[0], name="n", priority=priority, holder="h", seconds=seconds, wish=wish
    )


def waits(job: str, *, priority: int) -> Waiting:
    return Waiting(job=job, tenant=job[0], name="n", priority=priority, sequence=1)


def asked(
    *running: Running, waiting: Waiting, slots: int = 1, standings: Mapping[str, Standing] | None = None
) -> str | None:
    queue = Queue(waiting=(waiting,), running=running, standings=standings or {})
    return who_gives_way(queue, mine=[r.job for r in running if r.job != "elsewhere"], slots=slots)


def test_the_least_urgent_that_worked_least_gives_way() -> None:
    running = (runs("a", priority=2), runs("b", priority=1, seconds=9.0), runs("c", priority=1, seconds=3.0))

    assert asked(*running, waiting=waits("d", priority=2), slots=3) == "c"


@pytest.mark.parametrize("priority", [0, -1])
def test_nobody_gives_way_to_what_is_no_more_urgent(priority: int) -> None:
    assert asked(runs("a"), waiting=waits("b", priority=priority)) is None


def test_one_at_a_time_is_asked_and_no_other_wish_is_overruled() -> None:
    urgent = waits("d", priority=9)

    assert asked(runs("a", wish=Wish.YIELD), runs("b"), waiting=urgent, slots=2) is None
    assert asked(runs("a", wish=Wish.PAUSE), runs("b"), waiting=urgent, slots=2) == "b"


def test_a_guaranteed_turn_is_not_taken_back() -> None:
    turn = replace(runs("a"), served=GUARANTEED)

    assert asked(turn, waiting=waits("b", priority=9)) is None
    assert asked(replace(turn, served=GUARANTEED + 1), waiting=waits("b", priority=9)) == "a"


def test_nobody_gives_way_for_nothing() -> None:
    urgent = waits("b", priority=9)

    assert asked(runs("a"), waiting=urgent, slots=2) is None, "a slot is free"
    assert asked(runs("elsewhere"), waiting=urgent) is None, "another daemon's slots are not ours"
    assert asked(runs("a"), waiting=urgent, standings={"b": SPENT}) is None
    assert asked(runs("a"), waiting=urgent, standings={"b": FULL}) is None


def test_a_tenant_at_its_quota_makes_room_for_itself() -> None:
    assert asked(runs("big"), waiting=waits("b", priority=9), slots=4, standings={"b": FULL}) == "big"
