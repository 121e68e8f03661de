"""What a schedule's rule makes of a moment: the slot that comes next, and the turn of a due one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from automl_tl.daemon.cron import times_after, zone_of
from automl_tl.domain.blackout import MOST_STEPS, open_from, read_blackout
from automl_tl.domain.schedule import Ending, Rule, Schedule, Slot, Taken, WhenMissed, jitter

GRACE_SECONDS = 300.0
"""An occurrence that is seen this late still counts as on time: a daemon may be restarted."""

MOST_PASSED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A due slot's turn: ``taken`` and the slot ``after``; ``taken`` None: it is put off until ``after``."""

    taken: Taken | None
    after: Slot | None


def check_rule(rule: Rule, *, now: float) -> None:
    """Raise ValueError, with one sentence, for a rule that cannot be read or never comes to run."""
    zone_of(rule.timezone)
    for text in rule.blackouts:
        read_blackout(text)
    if next_slot(rule, schedule="", after=now) is None:
        covered = " outside its blackouts" if rule.blackouts else ""
        raise ValueError(f"{rule.cron!r} never comes{covered}: expected a rule that does")


def next_slot(rule: Rule, *, schedule: str, after: float) -> Slot | None:
    """The first occurrence after a moment that lies in no blackout; None: there is none."""
    return next(slots(rule, schedule=schedule, after=after), None)


def slots(rule: Rule, *, schedule: str, after: float) -> Iterator[Slot]:
    """The occurrences after a moment that lie in no blackout, ascending."""
    zone, blackouts = zone_of(rule.timezone), tuple(map(read_blackout, rule.blackouts))
    covered = 0
    while covered < MOST_STEPS:
        for occurrence in times_after(after, cron=rule.cron, zone=zone):
            is_open = open_from(occurrence, blackouts=blackouts, zone=zone)
            if is_open is None:
                return
            if is_open > occurrence:  # on to the end of the blackout, however often it would have run in it
                after, covered = max(occurrence, is_open - 1.0), covered + 1
                break
            covered = 0
            wanted = occurrence + jitter(rule, schedule=schedule, occurrence=occurrence)
            due = open_from(wanted, blackouts=blackouts, zone=zone)
            if due is None:
                return
            yield Slot(occurrence=occurrence, due=due)
        else:
            return


def turn_of(schedule: Schedule, *, now: float) -> Turn:
    """What is done with a slot that is due: only the latest of several runs, the others went by unseen."""
    assert schedule.slot is not None
    due, after, passed = schedule.slot, None, 0
    for slot in slots(schedule.rule, schedule=schedule.key, after=due.occurrence):
        if slot.due > now or passed == MOST_PASSED:
            after = slot
            break
        due, passed = slot, passed + 1
    if passed == MOST_PASSED:  # so many that they were not all looked at
        after = next_slot(schedule.rule, schedule=schedule.key, after=now)
    is_late = now - due.due > GRACE_SECONDS
    taken = Taken(occurrence=due.occurrence, passed=passed, is_late=is_late)
    if is_late and schedule.rule.when_missed is WhenMissed.SKIP:
        return Turn(taken=replace(taken, ending=Ending.MISSED), after=after)
    opens = _opens(schedule.rule, now)
    if opens is None:
        return Turn(taken=replace(taken, ending=Ending.MISSED), after=None)
    if opens > now:
        return Turn(taken=None, after=replace(schedule.slot, due=opens))
    return Turn(taken=taken, after=after)


def _opens(rule: Rule, now: float) -> float | None:
    blackouts = tuple(map(read_blackout, rule.blackouts))
    return open_from(now, blackouts=blackouts, zone=zone_of(rule.timezone))
