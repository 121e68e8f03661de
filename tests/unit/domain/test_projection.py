"""Our own unfinished moves are never a stranger's."""

import pytest

from automl_tl.domain.projection import Projection, Standing, compare

EVER = frozenset({1, 2})


@pytest.mark.parametrize(
    ("kept", "there", "wanted", "standing"),
    [
        ((1, 1), 1, 1, Standing.IN_LINE),
        ((1, 1), 1, 2, Standing.BEHIND),  # not begun
        ((1, 2), 1, 2, Standing.BEHIND),  # killed before the alias moved
        ((1, 2), 2, 2, Standing.IN_LINE),  # killed after it
        ((1, 2), 1, 3, Standing.BEHIND),  # killed, and something else is wanted by now
        ((1, 2), 2, 3, Standing.BEHIND),
        ((1, 2), 4, 2, Standing.MOVED_BY_HAND),
        ((1, 1), None, 1, Standing.MOVED_BY_HAND),
        ((None, None), 1, None, Standing.MOVED_BY_HAND),
        ((None, 1), None, 1, Standing.BEHIND),
        (None, None, 2, Standing.BEHIND),
        (None, 1, 2, Standing.BEHIND),
        (None, 7, 2, Standing.MOVED_BY_HAND),
    ],
)
def test_three_ways_are_compared(
    kept: tuple[int | None, int | None] | None, there: int | None, wanted: int | None, standing: Standing
) -> None:
    projection = None if kept is None else Projection(stands=kept[0], wanted=kept[1], revision=1)

    assert compare(projection, there=there, wanted=wanted, ever=EVER) is standing
