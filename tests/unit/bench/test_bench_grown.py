"""``bench grown`` runs a job, lets its dataset grow, and runs it again: its search pays for what is new."""

import pytest

from automl_tl.bench import grown


@pytest.mark.slow
def test_the_second_search_pays_for_new_pictures_only() -> None:
    found = grown.run(samples=303, trials=3)

    first, second = found["jobs"]
    assert found["samples"] == [300, 303]
    assert first["outcome"] == second["outcome"] == "succeeded"
    assert first["search"] > 3 * 150  # at least the training half of them, by each of three nets
    assert second["search"] < 100  # opening three nets takes some passes of its own
    assert second["score"] > 0 and second["prove"] > 0  # timed anew: how many pictures, the machine says
    assert "forward passes" in found["table"]
