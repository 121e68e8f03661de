"""When a schedule runs, by a clock that the tests move: daylight saving, jitter, blackouts, missed runs."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from automl_tl.daemon.timetable import GRACE_SECONDS, check_rule, next_slot, slots, turn_of
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import JobRequest
from automl_tl.domain.schedule import Ending, Rule, Schedule, Slot, WhenMissed

ZURICH = "Europe/Zurich"
NIGHTLY = Rule(cron="0 2 * * *", timezone=ZURICH)
HALF_PAST = replace(NIGHTLY, cron="30 2 * * *")
HOURLY = replace(NIGHTLY, cron="0 * * * *")


def moment(text: str, *, zone: str = ZURICH, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def utc(rule: Rule, *, after: str, count: int) -> list[str]:
    """The next times as UTC writes them, to the minute."""
    found = islice(slots(rule, schedule="s", after=moment(after)), count)
    return [datetime.fromtimestamp(slot.occurrence, UTC).strftime("%m-%d %H:%M") for slot in found]


def schedule(rule: Rule, *, first: str) -> Schedule:
    begun = next_slot(rule, schedule="default/nightly", after=moment(first) - 1)
    assert begun is not None and begun.occurrence == moment(first)
    request = JobRequest(name="n", dataset=DatasetSource(path="/data"), space="")
    return Schedule(id="s-1", tenant="default", name="nightly", rule=rule, request=request, slot=begun)


def test_two_in_the_morning_is_two_by_the_clock_on_the_wall() -> None:
    assert utc(NIGHTLY, after="2026-10-23T12:00", count=3) == ["10-24 00:00", "10-25 00:00", "10-26 01:00"]
    assert utc(NIGHTLY, after="2026-03-27T12:00", count=3) == ["03-28 01:00", "03-29 01:00", "03-30 00:00"]


def test_an_hour_that_is_skipped_runs_at_the_first_minute_after_it() -> None:
    """On 29 March 2026 the clocks went from 02:00 to 03:00, which is 01:00 UTC."""
    assert utc(HALF_PAST, after="2026-03-28T12:00", count=2) == ["03-29 01:00", "03-30 00:30"]
    assert utc(HOURLY, after="2026-03-29T01:30", count=3) == ["03-29 01:00", "03-29 02:00", "03-29 03:00"]


def test_an_hour_that_comes_twice_runs_once_unless_every_hour_runs() -> None:
    """On 25 October 2026 the clocks go from 03:00 back to 02:00, which is 01:00 UTC."""
    assert utc(HALF_PAST, after="2026-10-24T12:00", count=2) == ["10-25 00:30", "10-26 01:30"]
    assert utc(HOURLY, after="2026-10-25T01:30", count=3) == ["10-25 00:00", "10-25 01:00", "10-25 02:00"]


def test_begun_within_the_second_of_two_hours_nothing_of_the_first_comes_again() -> None:
    begun = moment("2026-10-25T02:10", fold=1)

    found = next_slot(HALF_PAST, schedule="s", after=begun)

    assert found is not None and found.occurrence == moment("2026-10-26T02:30")


@given(
    start=some.integers(1_700_000_000, 2_000_000_000),
    zone=some.sampled_from([ZURICH, "America/Havana", "Australia/Lord_Howe", "UTC"]),
)
def test_times_rise_and_the_clock_set_back_never_gives_one_twice(start: int, zone: str) -> None:
    found = [
        slot.occurrence
        for slot in islice(slots(replace(HALF_PAST, timezone=zone), schedule="s", after=start), 4)
    ]

    assert start < found[0] and found == sorted(set(found))
    again = next_slot(replace(HALF_PAST, timezone=zone), schedule="s", after=found[0])
    assert again is not None and again.occurrence == found[1]


def test_jitter_is_the_same_for_the_same_occurrence_and_differs_between_them() -> None:
    rule = replace(NIGHTLY, jitter_seconds=600.0)

    mine = list(islice(slots(rule, schedule="a", after=0.0), 50))

    assert mine == list(islice(slots(rule, schedule="a", after=0.0), 50))
    put_off = {slot.due - slot.occurrence for slot in mine}
    assert len(put_off) == 50 and 0 <= min(put_off) < 100 and 500 < max(put_off) < 600
    assert put_off != {
        slot.due - slot.occurrence for slot in islice(slots(rule, schedule="b", after=0.0), 50)
    }


def test_what_lies_in_a_blackout_does_not_come() -> None:
    rule = replace(HOURLY, blackouts=("Mon-Fri 07:30-18:00", "2026-12-24..2026-12-26"))

    assert utc(rule, after="2026-11-25T07:10", count=2) == ["11-25 17:00", "11-25 18:00"]
    assert utc(rule, after="2026-12-23T22:30", count=2) == ["12-23 22:00", "12-26 23:00"]


def test_a_jitter_into_a_blackout_waits_for_its_end() -> None:
    rule = replace(NIGHTLY, jitter_seconds=3600.0, blackouts=("02:00-02:00",))
    with pytest.raises(ValueError, match="never comes outside its blackouts"):
        check_rule(rule, now=0.0)

    (slot,) = islice(
        slots(replace(rule, blackouts=("02:01-04:00",)), schedule="a", after=moment("2026-11-25T01:00")), 1
    )

    assert slot == Slot(occurrence=moment("2026-11-25T02:00"), due=moment("2026-11-25T04:00"))


def test_what_is_due_runs_and_the_next_comes() -> None:
    due = schedule(NIGHTLY, first="2026-11-25T02:00")

    turn = turn_of(due, now=moment("2026-11-25T02:00") + 2)

    assert turn.taken is not None and turn.after is not None
    assert (turn.taken.occurrence, turn.taken.passed) == (moment("2026-11-25T02:00"), 0)
    assert (turn.taken.ending, turn.taken.is_late, turn.taken.is_missed) == (None, False, False)
    assert turn.after.occurrence == moment("2026-11-26T02:00")


@pytest.mark.parametrize(
    ("policy", "ending"), [(WhenMissed.RUN_ONCE, None), (WhenMissed.SKIP, Ending.MISSED)]
)
def test_after_days_without_a_daemon_one_run_or_none(policy: WhenMissed, ending: Ending | None) -> None:
    due = schedule(replace(NIGHTLY, when_missed=policy), first="2026-11-20T02:00")

    turn = turn_of(due, now=moment("2026-11-25T08:00"))

    assert turn.taken is not None and turn.after is not None
    assert (turn.taken.occurrence, turn.taken.passed) == (moment("2026-11-25T02:00"), 5)
    assert (turn.taken.ending, turn.taken.is_late, turn.taken.is_missed) == (ending, True, True)
    assert turn.after.occurrence == moment("2026-11-26T02:00")


def test_a_restart_of_some_minutes_misses_nothing() -> None:
    skipping = replace(NIGHTLY, when_missed=WhenMissed.SKIP)
    due = schedule(skipping, first="2026-11-25T02:00")

    turn = turn_of(due, now=moment("2026-11-25T02:00") + GRACE_SECONDS)

    assert turn.taken is not None and not turn.taken.is_missed


def test_a_daemon_back_in_time_for_tonight_runs_it_and_tells_the_nights_before() -> None:
    due = schedule(replace(NIGHTLY, when_missed=WhenMissed.SKIP), first="2026-11-20T02:00")

    turn = turn_of(due, now=moment("2026-11-25T02:01"))

    assert turn.taken is not None
    assert (turn.taken.passed, turn.taken.ending, turn.taken.is_missed) == (5, None, True)


def test_a_missed_run_is_not_made_up_for_in_a_blackout() -> None:
    due = schedule(replace(NIGHTLY, blackouts=("Mon-Fri 08:00-18:00",)), first="2026-11-25T02:00")

    turn = turn_of(due, now=moment("2026-11-25T09:00"))

    assert turn.taken is None and due.slot is not None
    assert turn.after == replace(due.slot, due=moment("2026-11-25T18:00"))
    again = turn_of(replace(due, slot=turn.after), now=moment("2026-11-25T18:01"))
    assert again.taken is not None and again.taken.occurrence == moment("2026-11-25T02:00")


def test_a_year_of_minutes_is_told_without_looking_at_each() -> None:
    due = schedule(replace(NIGHTLY, cron="* * * * *"), first="2025-11-25T02:00")

    turn = turn_of(due, now=moment("2026-11-25T02:00:30"))

    assert turn.taken is not None and turn.after is not None
    assert turn.taken.passed == 1000
    assert turn.after.occurrence == moment("2026-11-25T02:01")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (replace(NIGHTLY, cron="nightly"), "five fields such as '0 2"),
        (replace(NIGHTLY, cron="0 0 2 * * *"), "five fields"),
        (replace(NIGHTLY, cron="0 25 * * *"), r"is no cron expression \(bad hour\)"),
        (replace(NIGHTLY, cron="0 0 31 2 *"), r"\(bad day-of-month\)"),
        (replace(NIGHTLY, timezone="Europe/Zürich"), "expected an IANA name"),
        (replace(NIGHTLY, timezone="../etc/passwd"), "expected an IANA name"),
        (replace(NIGHTLY, blackouts=("nights",)), "is no blackout"),
        (replace(NIGHTLY, blackouts=("00:00-24:00",)), "never comes outside its blackouts"),
    ],
)
def test_a_rule_that_cannot_run_is_refused_in_one_sentence(rule: Rule, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_rule(rule, now=moment("2026-11-25T00:00"))
