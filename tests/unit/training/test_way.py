from dataclasses import replace

import torch
from torch import nn

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.training.boundary import Slot, SlotKind
from automl_tl.training.split import Halves
from automl_tl.training.way import Sizes, Way, choose, multiply_adds

FACTS = CandidateFacts(
    candidate="net",
    stages=("1", "2", "3"),
    parameters=1,
    multiply_adds=100_000_000,
    stage_multiply_adds=(20_000_000, 60_000_000, 20_000_000),
    features=8,
    image_size=32,
    learning_rate=1e-3,
    freeze_depth=1,
    weights_sha256="",
    size_bytes=1,
)
HALVES = Halves(
    prefix=lambda x: (x,), suffix=nn.Identity(), slots=(Slot(kind=SlotKind.ROWS, shape=(64, 10)),)
)
SIZES = Sizes(samples=1000, limit_bytes=10**8)


def test_nothing_frozen_runs_whole() -> None:
    assert choose(halves=None, facts=FACTS, depth=0, augmentation=0, sizes=SIZES) is Way.WHOLE


def test_what_fits_and_pays_is_kept() -> None:
    assert choose(halves=HALVES, facts=FACTS, depth=1, augmentation=0, sizes=SIZES) is Way.FROM_BOUNDARY


def test_pixels_are_varied_where_keeping_saves_little() -> None:
    ways = [choose(halves=HALVES, facts=FACTS, depth=d, augmentation=0.5, sizes=SIZES) for d in (1, 2, 3)]

    assert ways == [Way.THROUGH_PREFIX, Way.FROM_BOUNDARY, Way.FROM_BOUNDARY]


def test_what_does_not_fit_is_computed_but_for_a_linear_probe() -> None:
    little = replace(SIZES, limit_bytes=1)

    assert choose(halves=HALVES, facts=FACTS, depth=2, augmentation=0, sizes=little) is Way.THROUGH_PREFIX
    assert choose(halves=HALVES, facts=FACTS, depth=3, augmentation=0, sizes=little) is Way.FROM_BOUNDARY


def test_where_nothing_may_be_kept_everything_is_computed() -> None:
    none = replace(SIZES, limit_bytes=0)

    assert choose(halves=HALVES, facts=FACTS, depth=3, augmentation=0, sizes=none) is Way.THROUGH_PREFIX


def test_what_is_slower_to_read_than_to_compute_is_computed() -> None:
    wide = Slot(kind=SlotKind.ROWS, shape=(5_000_000,))
    halves = replace(HALVES, slots=(wide,))
    sizes = Sizes(samples=10, limit_bytes=10**12)

    assert choose(halves=halves, facts=FACTS, depth=1, augmentation=0, sizes=sizes) is Way.THROUGH_PREFIX


def test_a_kept_boundary_is_paid_once() -> None:
    def cost(way: Way, *, is_first: bool) -> int:
        return multiply_adds(way=way, facts=FACTS, depth=2, samples=10, epochs=5, is_first=is_first)

    unit = FACTS.multiply_adds * 10
    assert cost(Way.FROM_BOUNDARY, is_first=True) == round((0.8 + 15 * 0.2) * unit)
    assert cost(Way.FROM_BOUNDARY, is_first=False) == round(15 * 0.2 * unit)
    assert cost(Way.THROUGH_PREFIX, is_first=False) == round((5 * 0.8 + 15 * 0.2) * unit)


def test_slots_tell_their_bytes() -> None:
    assert HALVES.bytes_per_sample == 4 * 640
    assert (
        replace(HALVES, slots=(Slot(kind=SlotKind.CONSTANT, constant=torch.ones(9)),)).bytes_per_sample == 0
    )
