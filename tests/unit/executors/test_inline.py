"""Work in this process: given up, asked to stop, never left running unseen."""

import threading
from pathlib import Path

import pytest
from patience import WAIT_SECONDS

from automl_tl.domain.dataset import Split
from automl_tl.domain.work import Prove, Proven, Result, Work
from automl_tl.errors import WorkerLost
from automl_tl.executors.inline import InlineExecutor
from automl_tl.executors.progress import Progress


class Patient:
    """Works until its progress file says stop."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.stopped = threading.Event()

    def perform(self, work: Work) -> Result:
        assert isinstance(work, Prove)
        assert work.progress is not None
        progress = Progress(Path(work.progress))
        self.begun.set()
        while not progress.tell(done=1, total=2):
            pass
        self.stopped.set()
        return Proven(readings=())


def patience(folder: Path) -> Prove:
    return Prove(
        split=Split.RETEST,
        manifest="",
        metric="accuracy",
        contenders=(),
        into=str(folder),
        seed=0,
        progress=str(folder / "progress"),
    )


def test_work_that_is_killed_is_asked_to_stop(tmp_path: Path) -> None:
    worker = Patient()
    executor = InlineExecutor(worker)
    future = executor.submit(patience(tmp_path))
    assert worker.begun.wait(WAIT_SECONDS)

    executor.kill(future)

    with pytest.raises(WorkerLost):
        future.result(WAIT_SECONDS)
    assert worker.stopped.wait(WAIT_SECONDS)


def test_closing_ends_what_runs(tmp_path: Path) -> None:
    worker = Patient()
    executor = InlineExecutor(worker)
    future = executor.submit(patience(tmp_path))
    assert worker.begun.wait(WAIT_SECONDS)

    executor.close()

    assert isinstance(future.exception(WAIT_SECONDS), WorkerLost)
    assert worker.stopped.wait(WAIT_SECONDS)


def test_any_number_of_threads_but_none_or_one_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or 1"):
        InlineExecutor(Patient(), threads=2)
