"""The benchmark of a promotion accounts for every second between the search and the promotion."""

import pytest

from automl_tl.bench.promotion import run


def test_steps_add_up_to_the_time_from_search_done_to_promoted() -> None:
    found = run(trials=2, executor="inline", registry="folder", builder="automl_tl.bench.numbers:build")

    steps = found["steps"]
    assert sum(steps.values()) == pytest.approx(found["seconds"])
    assert all(seconds >= 0 for seconds in steps.values())
    for step in ("retest", "test read", "decision written", "card in the folder", "version registered"):
        assert steps[step] > 0
        assert step in found["table"]
