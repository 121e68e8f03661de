import numpy as np
import pytest

from automl_tl.training.batches import batch_size, in_order, shuffled, steps_an_epoch


@pytest.mark.parametrize("samples", [1, 7, 60, 1078, 5000])
def test_every_sample_is_seen_once_an_epoch(samples: int) -> None:
    batches = shuffled(samples, size=batch_size(samples, is_probe=False), seed=0, epoch=3)

    assert sorted(np.concatenate(batches)) == list(range(samples))
    assert len(batches) == steps_an_epoch(samples, size=batch_size(samples, is_probe=False))


def test_no_batch_is_a_tiny_remainder() -> None:
    sizes = [len(batch) for batch in shuffled(65, size=16, seed=0, epoch=0)]

    assert max(sizes) - min(sizes) <= 1


def test_an_epochs_order_depends_on_seed_and_epoch_alone() -> None:
    order = [
        np.concatenate(shuffled(100, size=16, seed=s, epoch=e)) for s, e in ((1, 2), (1, 2), (1, 3), (2, 2))
    ]

    assert np.array_equal(order[0], order[1])
    assert not np.array_equal(order[0], order[2]) and not np.array_equal(order[0], order[3])


def test_batches_grow_with_the_dataset_within_limits() -> None:
    assert [batch_size(n, is_probe=False) for n in (10, 1078, 1600, 100_000)] == [16, 16, 32, 64]
    assert batch_size(100_000, is_probe=True) == 256


def test_reading_goes_in_order() -> None:
    assert [list(batch) for batch in in_order(5, size=2)] == [[0, 1], [2, 3], [4]]


def test_samples_of_a_length_come_together_in_an_order_by_chance() -> None:
    lengths = np.random.default_rng(0).integers(1, 100, 2000)

    found = shuffled(2000, size=16, seed=1, epoch=2, lengths=lengths)

    again = shuffled(2000, size=16, seed=1, epoch=2, lengths=lengths)
    assert all(np.array_equal(one, other) for one, other in zip(found, again, strict=True))
    assert np.array_equal(np.sort(np.concatenate(found)), np.arange(2000))
    assert {len(batch) for batch in found} == {16}
    padded = np.mean([lengths[batch].max() for batch in found])
    assert (
        padded
        < 1.2 * lengths.mean()
        < np.mean([lengths[b].max() for b in shuffled(2000, size=16, seed=1, epoch=2)])
    )
    longest = np.array([lengths[batch].max() for batch in found])
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.3  # the short ones do not come first


def test_reading_goes_from_the_shortest_on() -> None:
    found = in_order(5, size=2, lengths=np.array([3, 1, 2, 1, 9]))

    assert [list(batch) for batch in found] == [[1, 3], [2, 0], [4]]
