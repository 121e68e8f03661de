"""The mapped file is whole from the first moment, whoever opens it first."""

import threading
from pathlib import Path

from automl_tl.executors.progress import Progress


def test_many_may_be_the_first_to_open_it_and_all_hear_the_same_wish(tmp_path: Path) -> None:
    for attempt in range(50):
        path = tmp_path / "progress" / str(attempt)
        opened: list[Progress] = []
        together = threading.Barrier(4)

        def open_it(
            path: Path = path, opened: list[Progress] = opened, at: threading.Barrier = together
        ) -> None:
            at.wait()
            opened.append(Progress(path))

        threads = [threading.Thread(target=open_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        opened[0].stop()

        assert [progress.tell(done=1, total=2) for progress in opened] == [True] * 4
        assert [path.name for path in path.parent.iterdir() if path.name.startswith(".")] == []


def test_a_file_that_was_there_keeps_its_wish(tmp_path: Path) -> None:
    Progress(tmp_path / "progress").stop()

    assert Progress(tmp_path / "progress").tell(done=0, total=1)
