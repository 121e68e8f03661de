"""Workers take equal parts of the GPUs there are."""

import pytest

from automl_tl.executors.ray_cards import share


@pytest.mark.parametrize(
    ("slots", "cards", "part"),
    [(4, 0, 0.0), (1, 1, 1.0), (2, 4, 1.0), (4, 2, 0.5), (3, 2, 0.5), (3, 1, 0.3333)],
)
def test_every_worker_finds_its_part(slots: int, cards: int, part: float) -> None:
    assert share(slots=slots, cards=cards) == part
    places = cards * int(1 / part) if part else slots
    assert places >= slots
