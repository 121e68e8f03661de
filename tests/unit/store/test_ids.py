"""Identifiers sort by time and stand in addresses and folders."""

import re

from hypothesis import given
from hypothesis import strategies as st

from automl_tl.store.ids import time_ordered

seconds = st.floats(min_value=0, max_value=3e10, allow_nan=False)
chances = st.integers(min_value=0, max_value=2**25 - 1)


@given(earlier=seconds, later=seconds, one=chances, other=chances)
def test_ids_sort_by_time(earlier: float, later: float, one: int, other: int) -> None:
    earlier, later = sorted((earlier, later))

    first = time_ordered("j", seconds=earlier, chance=one)
    second = time_ordered("j", seconds=later, chance=other)

    assert first < second or round(earlier * 1000) == round(later * 1000)


@given(when=seconds, chance=chances)
def test_ids_are_plain_lower_case_words_of_one_length(when: float, chance: int) -> None:
    assert re.fullmatch(r"j-[0-9a-z]{14}", time_ordered("j", seconds=when, chance=chance))


@given(when=seconds, one=chances, other=chances)
def test_ids_of_one_moment_differ_by_chance(when: float, one: int, other: int) -> None:
    same = time_ordered("j", seconds=when, chance=one) == time_ordered("j", seconds=when, chance=other)

    assert same == (one == other)
