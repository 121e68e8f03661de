import errno
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest

from automl_tl.cache import activations
from automl_tl.cache.activations import ActivationCache, Request
from automl_tl.filelock import FileLock

LIMIT = 10_000


def request(name: str, *, samples: int = 10) -> Request:
    return Request(identity={"name": name}, samples=samples, shapes=((4, 2), (3,)))  # 44 bytes a sample


def rows(wanted: Request) -> Iterator[list[np.ndarray]]:
    for start in range(0, wanted.samples, 4):
        stop = min(start + 4, wanted.samples)
        yield [
            np.arange(start, stop, dtype=np.float32)[:, None, None] * np.ones((1, 4, 2), np.float32),
            -np.arange(start, stop, dtype=np.float32)[:, None] * np.ones((1, 3), np.float32),
        ]


def never() -> Iterator[list[np.ndarray]]:
    raise AssertionError("these rows are there already")
    yield


def quiet() -> None:
    pass


def get(
    cache: ActivationCache, wanted: Request, compute: Callable[[], Iterator[list[np.ndarray]]] | None = None
) -> activations.Entry | None:
    return cache.get(wanted, compute=compute or (lambda: rows(wanted)), waiting=quiet)


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
    cache = ActivationCache(tmp_path, limit_bytes=1500)
    for age, name in enumerate(("old", "older", "fresh")):
        entry = get(cache, request(name, samples=8))
        assert entry is not None
        entry.close()
        os.utime(tmp_path / request(name, samples=8).key / "entry.json", (age, [100, 0, 200][age]))

    assert get(cache, request("new", samples=8)) is not None

    kept = {path.name for path in tmp_path.iterdir()}
    assert request("older", samples=8).key not in kept
    assert {request(name, samples=8).key for name in ("fresh", "new")} <= kept


def test_what_is_in_use_is_never_evicted(tmp_path: Path) -> None:
    cache = ActivationCache(tmp_path, limit_bytes=1000)
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

    monkeypatch.setattr(activations.os, "posix_fallocate", full)

    assert get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a")) is None
    assert [path.name for path in tmp_path.iterdir()] == [".locks"]


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    assert get(ActivationCache(tmp_path / "file", limit_bytes=LIMIT), request("a")) is None


def test_what_computing_raises_passes_through_and_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[list[np.ndarray]]:
        yield from rows(request("a", samples=4))
        raise KeyError("stopped")

    with pytest.raises(KeyError, match="stopped"):
        get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a"), broken)

    assert [path.name for path in tmp_path.iterdir()] == [".locks"]
    assert get(ActivationCache(tmp_path, limit_bytes=LIMIT), request("a")) is not None


def test_a_truncated_entry_is_computed_again(tmp_path: Path) -> None:
    cache = ActivationCache(tmp_path, limit_bytes=LIMIT)
    get(cache, request("a"))
    os.truncate(tmp_path / request("a").key / "0.f32", 100)

    again = get(cache, request("a"))

    assert again is not None and np.array_equal(again.rows[0][:, 0, 0], np.arange(10))


def test_who_waits_for_another_process_is_called_and_may_leave(tmp_path: Path) -> None:
    def impatient() -> None:
        raise KeyError("stopped")

    with FileLock(tmp_path / ".locks" / f"{request('a').key}.making") as held:
        assert held.try_exclusive()
        with pytest.raises(KeyError, match="stopped"):
            ActivationCache(tmp_path, limit_bytes=LIMIT).get(request("a"), compute=never, waiting=impatient)


def _compute_until_killed(folder: Path, begun: Event) -> None:
    def endless() -> Iterator[list[np.ndarray]]:
        begun.set()
        yield from rows(request("a", samples=4))
        signal.pause()

    get(ActivationCache(folder, limit_bytes=LIMIT), request("a"), endless)


def test_one_takes_over_where_another_process_was_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    other = context.Process(target=_compute_until_killed, args=(tmp_path, begun))
    other.start()
    assert begun.wait(30)

    waited: list[None] = []

    def waiting() -> None:
        if not waited:
            assert other.pid is not None
            os.kill(other.pid, signal.SIGKILL)
            other.join()
        waited.append(None)

    entry = ActivationCache(tmp_path, limit_bytes=LIMIT).get(
        request("a"), compute=lambda: rows(request("a")), waiting=waiting
    )

    assert waited and entry is not None and np.array_equal(entry.rows[0][:, 0, 0], np.arange(10))
