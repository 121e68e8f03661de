from dataclasses import replace

import torch
from torch import nn

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.training.boundary import Slot, SlotKind
from automl_tl.training.split import Halves
from automl_tl.training.way import Cost, Sizes, Varied, Way, cheapest, multiply_adds, vary

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


def varied(depth: int, *, halves: Halves | None = HALVES, sizes: Sizes = SIZES) -> Varied:
    return vary(halves=halves, facts=FACTS, depth=depth, augmentation=0.5, sizes=sizes)


def test_without_augmentation_nothing_is_varied() -> None:
    assert vary(halves=HALVES, facts=FACTS, depth=1, augmentation=0, sizes=SIZES) is Varied.NOTHING


def test_pixels_are_varied_where_keeping_saves_little() -> None:
    assert [varied(depth) for depth in (1, 2, 3)] == [
        Varied.PIXELS,
        Varied.ACTIVATIONS,
        Varied.ACTIVATIONS,
    ]


def test_pixels_are_varied_where_nothing_is_split_or_may_be_kept() -> None:
    assert varied(0, halves=None) is Varied.PIXELS
    assert varied(3, sizes=replace(SIZES, limit_bytes=0)) is Varied.PIXELS


def test_pixels_are_varied_where_all_versions_do_not_fit_but_for_a_linear_probe() -> None:
    kept = 1000 * 4 * 640
    viewed = replace(SIZES, views=3, limit_bytes=4 * kept)

    assert varied(2, sizes=viewed) is Varied.VIEWS
    assert varied(2, sizes=replace(viewed, limit_bytes=4 * kept - 1)) is Varied.PIXELS
    assert varied(2, sizes=replace(viewed, limit_bytes=2 * kept, figure_bytes=2)) is Varied.VIEWS
    assert varied(3, sizes=replace(viewed, limit_bytes=1)) is Varied.ACTIVATIONS


def test_pixels_are_varied_where_reading_is_slower_than_computing() -> None:
    wide = replace(HALVES, slots=(Slot(kind=SlotKind.ROWS, shape=(5_000_000,)),))

    assert varied(2, halves=wide, sizes=Sizes(samples=10, limit_bytes=10**12)) is Varied.PIXELS


def test_the_cheapest_of_what_fits_is_kept() -> None:
    own = Cost(depth=3, bytes=10, reading=1.0)
    earlier = Cost(depth=2, bytes=5, reading=0.5, computing=0.75)
    none = Cost(depth=None, computing=2.0)

    def kept(limit_bytes: int) -> int | None:
        return cheapest([own, none, earlier], samples=100, limit_bytes=limit_bytes).depth

    assert [kept(1000), kept(999), kept(499)] == [3, 2, None]


def test_what_is_slower_to_read_than_to_compute_is_computed() -> None:
    slow, none = Cost(depth=3, bytes=10, reading=3.0), Cost(depth=None, computing=2.0)

    assert cheapest([slow, none], samples=1, limit_bytes=10**9) is none


def test_a_kept_boundary_is_paid_once_for_each_version() -> None:
    def cost(way: Way, *, fills: int) -> int:
        return multiply_adds(way=way, facts=FACTS, depth=2, samples=10, epochs=5, fills=fills)

    unit = FACTS.multiply_adds * 10
    assert cost(Way.FROM_BOUNDARY, fills=1) == round((0.8 + 15 * 0.2) * unit)
    assert cost(Way.FROM_BOUNDARY, fills=4) == round((4 * 0.8 + 15 * 0.2) * unit)
    assert cost(Way.FROM_BOUNDARY, fills=0) == round(15 * 0.2 * unit)
    assert cost(Way.THROUGH_PREFIX, fills=0) == round((5 * 0.8 + 15 * 0.2) * unit)


def test_slots_tell_their_bytes() -> None:
    assert HALVES.bytes_per_sample == 4 * 640
    assert (
        replace(HALVES, slots=(Slot(kind=SlotKind.CONSTANT, constant=torch.ones(9)),)).bytes_per_sample == 0
    )
