"""Blackouts: when a schedule may start nothing, in the schedule's own time of day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_STEPS = 400
LAST_YEAR = 9000
EXPECTED = "expected such as 'Mon-Fri 08:00-18:00', '22:00-06:00' or '2026-12-24..2027-01-02'"
_DAY = timedelta(days=1)
_TIMES = re.compile(r"(?:(?P<days>[a-z,-]+) +)?(?P<start>\d\d?:\d\d)-(?P<end>\d\d?:\d\d)", re.IGNORECASE)
_DATES = re.compile(r"(?P<first>\d{4}-\d\d-\d\d)(?:\.\.(?P<last>\d{4}-\d\d-\d\d))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Some hours of some days; ``end`` not after ``start``: of the next day. 24:00 is minute 1440."""

    days: frozenset[int]
    start: int
    end: int

    def end_of(self, local: datetime) -> datetime | None:
        """When the window that this time of day lies in is over, by the same clock; None: it lies in none."""
        for begun in (local.date() - _DAY, local.date()):
            if begun.weekday() not in self.days:
                continue
            start = datetime.combine(begun, time()) + timedelta(minutes=self.start)
            length = (self.end - self.start) % 1440 or 1440
            if start <= local < start + timedelta(minutes=length):
                return start + timedelta(minutes=length)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Whole days, the last one included."""

    first: date
    last: date

    def end_of(self, local: datetime) -> datetime | None:
        """Midnight after the last day, None for a time outside."""
        if not self.first <= local.date() <= self.last:
            return None
        return datetime.combine(self.last + _DAY, time())


Blackout = Hours | Dates


def read_blackout(text: str) -> Blackout:
    """The window that a person wrote; raises ValueError with one sentence."""
    if found := _TIMES.fullmatch(text.strip()):
        days = frozenset(range(7)) if found["days"] is None else _days(found["days"].lower(), text)
        return Hours(days=days, start=_minute(found["start"], text), end=_minute(found["end"], text))
    if found := _DATES.fullmatch(text.strip()):
        first, last = _date(found["first"], text), _date(found["last"] or found["first"], text)
        if last.year > LAST_YEAR:
            raise ValueError(f"the blackout {text!r} ends beyond the year {LAST_YEAR}")
        if last < first:
            raise ValueError(f"the blackout {text!r} ends before it begins")
        return Dates(first=first, last=last)
    raise ValueError(f"{text!r} is no blackout: {EXPECTED}")


def open_from(moment: float, *, blackouts: Sequence[Blackout], zone: ZoneInfo) -> float | None:
    """The first moment from this one on (seconds since the epoch) that no blackout covers; None: never."""
    for _ in range(MOST_STEPS):
        local = datetime.fromtimestamp(moment, zone).replace(tzinfo=None)
        ends = [end for window in blackouts if (end := window.end_of(local)) is not None]
        if not ends:
            return moment
        moment = _after(moment, max(ends), zone)
    return None


def _after(moment: float, local: datetime, zone: ZoneInfo) -> float:
    """That time of day as a moment; the later one where an hour comes twice and the first is over."""
    first, second = (local.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    return first if first > moment else second


def _days(text: str, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(
                f"the blackout {whole!r} names no days: expected Mon, Tue, … as Mon-Fri or Sat,Sun"
            )
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)


def _minute(text: str, whole: str) -> int:
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > 1440:
        raise ValueError(f"the blackout {whole!r} has {text}: expected a time from 00:00 to 24:00")
    return hours * 60 + minutes


def _date(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"the blackout {whole!r} has {text}, which is no date") from None
