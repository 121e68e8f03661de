"""Blackouts are written as people say them, and are over when the clock on the wall says so."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from automl_tl.domain.blackout import open_from, read_blackout

ZURICH = ZoneInfo("Europe/Zurich")


def moment(text: str, *, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("text", "inside", "over"),
    [
        ("Mon-Fri 08:00-18:00", "2026-11-25T08:00", "2026-11-25T18:00"),
        ("mon,wed 8:00-18:00", "2026-11-25T17:59", "2026-11-25T18:00"),
        ("22:00-06:00", "2026-11-25T23:00", "2026-11-26T06:00"),
        ("22:00-06:00", "2026-11-26T05:59", "2026-11-26T06:00"),
        ("Fri 20:00-24:00", "2026-11-27T20:00", "2026-11-28T00:00"),
        (
            "Sat-Mon 00:00-24:00",
            "2026-11-28T12:00",
            "2026-12-01T00:00",
        ),  # three whole days, one after another
        ("2026-12-24..2027-01-02", "2026-12-24T00:00", "2027-01-03T00:00"),
        ("2026-12-24", "2026-12-24T23:59", "2026-12-25T00:00"),
        ("02:00-03:00", "2026-10-25T02:30", "2026-10-25T03:00"),  # the hour that comes twice is closed twice
    ],
)
def test_a_moment_inside_opens_at_its_end(text: str, inside: str, over: str) -> None:
    assert open_from(moment(inside), blackouts=[read_blackout(text)], zone=ZURICH) == moment(over)


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("Mon-Fri 08:00-18:00", "2026-11-25T18:00"),
        ("Mon-Fri 08:00-18:00", "2026-11-28T12:00"),
        ("Fri-Mon 08:00-18:00", "2026-11-25T12:00"),
        ("Thu 22:00-06:00", "2026-11-26T05:00"),
        ("2026-12-24..2027-01-02", "2027-01-03T00:00"),
        ("2026-12-24..2027-01-02", "2026-12-23T23:59"),
    ],
)
def test_a_moment_outside_is_open_already(text: str, outside: str) -> None:
    assert open_from(moment(outside), blackouts=[read_blackout(text)], zone=ZURICH) == moment(outside)


def test_a_window_that_ends_within_the_doubled_hour_ends_there_again() -> None:
    blackouts = [read_blackout("01:00-02:30")]

    assert open_from(moment("2026-10-25T02:10"), blackouts=blackouts, zone=ZURICH) == moment(
        "2026-10-25T02:30"
    )
    again = moment("2026-10-25T02:10", fold=1)
    assert open_from(again, blackouts=blackouts, zone=ZURICH) == moment("2026-10-25T02:30", fold=1)


def test_what_is_never_open_has_no_end() -> None:
    assert open_from(0.0, blackouts=[read_blackout("00:00-24:00")], zone=ZURICH) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nights", "is no blackout: expected such as"),
        ("Mon-Fry 08:00-18:00", "names no days"),
        ("25:00-26:00", "25:00: expected a time from 00:00 to 24:00"),
        ("08:61-09:00", "08:61: expected"),
        ("2026-02-30", "which is no date"),
        ("2026-12-24..2026-12-23", "ends before it begins"),
        ("2026-12-24..9999-12-31", "ends beyond the year 9000"),
    ],
)
def test_what_is_no_blackout_is_said_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_blackout(text)
