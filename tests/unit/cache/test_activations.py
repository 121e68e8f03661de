import errno
import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from patience import WAIT_SECONDS

from automl_tl.cache import activations, segment
from automl_tl.cache.activations import ActivationCache, Compute, Request
from automl_tl.cache.form import Form
from automl_tl.filelock import FileLock

LIMIT = 100_000


def request(name: str, *, samples: int | range | list[int] = 10) -> Request:
    """44 bytes a sample and 64 for its name; sample i is called by i, and its rows hold i."""
    numbers = range(samples) if isinstance(samples, int) else samples
    keys = np.array([f"{number:064x}" for number in numbers], "S64")
    return Request(identity={"name": name}, samples=keys, form=Form(shapes=((4, 2), (3,))))


def rows(wanted: Request, places: np.ndarray | None = None) -> Iterator[list[np.ndarray]]:
    keys = wanted.samples if places is None else wanted.samples[places]
    numbers = np.array([int(key, 16) for key in keys], np.float32)
    for start in range(0, len(numbers), 4):
        some = numbers[start : start + 4]
        yield [
            some[:, None, None] * np.ones((1, 4, 2), np.float32),
            -some[:, None] * np.ones((1, 3), np.float32),
        ]


def never(places: np.ndarray) -> Iterator[list[np.ndarray]]:
    raise AssertionError(f"these rows are there already: {places}")
    yield


def segments(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != ".locks"]


def quiet() -> None:
    pass


def get(cache: ActivationCache, wanted: Request, compute: Compute | None = None) -> activations.Entry | None:
    return cache.get(wanted, compute=compute or (lambda places: rows(wanted, places)), waiting=quiet)


def test_rows_come_back_as_they_were_computed(tmp_path: Path) -> None:
    entry = get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a"))

    assert entry is not None
    first, second = entry.rows
    assert first.shape == (10, 4, 2) and second.shape == (10, 3)
    assert np.array_equal(first[:, 0, 0], np.arange(10)) and np.array_equal(second[:, 2], -np.arange(10))


def test_rows_are_computed_once(tmp_path: Path) -> None:
    get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a"))

    again = get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a"), never)

    assert again is not None and len(again.rows[0]) == 10


def test_the_least_recently_used_makes_room(tmp_path: Path) -> None:
    cache = ActivationCache(tmp_path, limit_bytes=3500)
    for age, name in enumerate(("old", "older", "fresh")):
        entry = get(cache, request(name, samples=8))
        assert entry is not None
        entry.close()
        (folder,) = tmp_path.glob(f"{request(name).family}.*")
        os.utime(folder / "entry.json", (age, [100, 0, 200][age]))

    assert get(cache, request("new", samples=8)) is not None

    kept = {path.name.partition(".")[0] for path in segments(tmp_path)}
    assert request("older").family not in kept
    assert {request(name).family for name in ("fresh", "new")} <= kept


def test_what_is_in_use_is_never_evicted(tmp_path: Path) -> None:
    cache = ActivationCache(tmp_path, limit_bytes=2500)
    used = get(cache, request("used"))

    assert get(cache, request("other", samples=15)) is None
    assert used is not None
    used.close()
    assert get(cache, request("other", samples=15)) is not None


def test_what_can_never_fit_is_done_without(tmp_path: Path) -> None:
    assert get(ActivationCache(tmp_path, limit_bytes=100), request("a")) is None


def test_a_full_disk_is_done_without_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segment.os, "posix_fallocate", full)

    assert get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a")) is None
    assert [path.name for path in tmp_path.iterdir()] == [".locks"]


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    assert get(ActivationCache(tmp_path / "file", limit_bytes=LIMIT), request("a")) is None


def test_what_computing_raises_passes_through_and_leaves_nothing(tmp_path: Path) -> None:
    def broken(places: np.ndarray) -> Iterator[list[np.ndarray]]:
        yield from rows(request("a", samples=4))
        raise KeyError("stopped")

    with pytest.raises(KeyError, match="stopped"):
        get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a"), broken)

    assert [path.name for path in tmp_path.iterdir()] == [".locks"]
    assert get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a")) is not None


@pytest.mark.parametrize("damage", ["truncated", "edited", "without keys", "foreign card"])
def test_damaged_rows_are_computed_again_and_that_is_said_once(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache = ActivationCache(tmp_path, limit_bytes=LIMIT)
    first = get(cache, request("a"))
    assert first is not None
    first.close()
    (folder,) = segments(tmp_path)
    if damage == "truncated":
        os.truncate(folder / "0.f32", 100)
    elif damage == "edited":
        data = bytearray((folder / "1.f32").read_bytes())
        data[5] ^= 1
        (folder / "1.f32").write_bytes(data)
    elif damage == "without keys":
        (folder / "samples.s64").write_bytes(b"")
    else:
        (folder / "entry.json").write_text('{"of": "somebody else"}')

    for _ in range(2):
        again = get(cache, request("a"))
        assert again is not None and np.array_equal(again.rows[0][:, 0, 0], np.arange(10))
        again.close()

    assert len([record for record in caplog.records if "damaged" in record.message]) == 1


def test_a_dataset_that_grew_pays_for_its_new_samples_only(tmp_path: Path) -> None:
    cache = ActivationCache(tmp_path, limit_bytes=LIMIT)
    get(cache, request("a", samples=100))
    grown = request("a", samples=[*range(50), 100, *range(50, 100)])
    asked: list[np.ndarray] = []

    def compute(places: np.ndarray) -> Iterator[list[np.ndarray]]:
        asked.append(places)
        return rows(grown, places)

    entry = get(cache, grown, compute)

    assert [places.tolist() for places in asked] == [[50]]
    assert entry is not None
    wanted = np.array([100, 0, 50, 49])
    assert entry.rows[0][wanted][:, 1, 1].tolist() == [99, 0, 100, 49]
    assert entry.rows[1].shape == (101, 3)


def test_copies_of_a_sample_are_computed_once(tmp_path: Path) -> None:
    twice = request("a", samples=[3, 1, 3])

    entry = get(ActivationCache(tmp_path, limit_bytes=LIMIT), twice)

    assert entry is not None and entry.rows[0][np.arange(3)][:, 0, 0].tolist() == [3, 1, 3]
    assert (segments(tmp_path)[0] / "0.f32").stat().st_size == 2 * 32


def test_rows_in_many_segments_are_brought_together_without_computing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activations, "MOST_SEGMENTS", 2)
    cache = ActivationCache(tmp_path, limit_bytes=LIMIT)
    for nights in range(1, 4):
        entry = get(cache, request("a", samples=10 * nights))
        assert entry is not None
        entry.close()

    entry = get(cache, request("a", samples=30), never)

    assert entry is not None and isinstance(entry.rows[0], np.ndarray)
    assert np.array_equal(entry.rows[0][:, 0, 0], np.arange(30))


def test_no_samples_are_no_rows(tmp_path: Path) -> None:
    entry = get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a", samples=0), never)

    assert entry is not None and entry.rows[0].shape == (0, 4, 2)


def test_who_waits_for_another_process_is_called_and_may_leave(tmp_path: Path) -> None:
    def impatient() -> None:
        raise KeyError("stopped")

    name = f"{request('a').family}.{segment.segment_name(request('a').samples)}"
    with FileLock(tmp_path / ".locks" / f"{name}.making") as held:
        assert held.try_exclusive()
        with pytest.raises(KeyError, match="stopped"):
            ActivationCache(tmp_path, limit_bytes=LIMIT).get(request("a"), compute=never, waiting=impatient)


def _compute_until_killed(folder: Path, begun: Event) -> None:
    def endless(places: np.ndarray) -> Iterator[list[np.ndarray]]:
        begun.set()
        yield from rows(request("a", samples=4))
        signal.pause()

    get(ActivationCache(folder, limit_bytes=LIMIT), request("a"), endless)


def test_one_takes_over_where_another_process_was_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    other = context.Process(target=_compute_until_killed, args=(tmp_path, begun))
    other.start()
    assert begun.wait(WAIT_SECONDS)

    waited: list[None] = []

    def waiting() -> None:
        if not waited:
            assert other.pid is not None
            os.kill(other.pid, signal.SIGKILL)
            other.join()
        waited.append(None)

    entry = ActivationCache(tmp_path, limit_bytes=LIMIT).get(
        request("a"), compute=lambda places: rows(request("a"), places), waiting=waiting
    )

    assert waited and entry is not None and np.array_equal(entry.rows[0][:, 0, 0], np.arange(10))
