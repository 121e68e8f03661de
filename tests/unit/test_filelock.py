"""One makes, the others wait, and nobody waits for the dead."""

import threading
from pathlib import Path

import pytest
from patience import WAIT_SECONDS

from automl_tl.filelock import FileLock


def test_second_waits_until_the_first_is_done(tmp_path: Path) -> None:
    entered, leave, waited = threading.Event(), threading.Event(), threading.Event()
    order: list[str] = []

    def first() -> None:
        with FileLock(tmp_path / "a.lock").exclusive():
            entered.set()
            leave.wait(WAIT_SECONDS)
            order.append("first")

    def second() -> None:
        with FileLock(tmp_path / "a.lock").exclusive(waited.set):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert entered.wait(WAIT_SECONDS)
    threads[1].start()
    assert waited.wait(WAIT_SECONDS)
    leave.set()
    for thread in threads:
        thread.join()

    assert order == ["first", "second"]


def test_lock_of_one_that_failed_is_free(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), FileLock(tmp_path / "a.lock").exclusive():
        raise RuntimeError

    with FileLock(tmp_path / "a.lock").exclusive():
        pass


def test_wait_ends_by_what_the_waiting_raises(tmp_path: Path) -> None:
    def stop() -> None:
        raise InterruptedError("enough")

    lock = tmp_path / "a.lock"
    with (
        FileLock(lock).exclusive(),
        pytest.raises(InterruptedError, match="enough"),
        FileLock(lock).exclusive(stop),
    ):
        pass
