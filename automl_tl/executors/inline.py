"""Work in this very process: one background thread, or the calling thread itself."""

import logging
import sys
import threading
import traceback
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from automl_tl.domain.work import Result, Work
from automl_tl.errors import WorkerLost
from automl_tl.executors.base import Worker
from automl_tl.executors.progress import Progress

logger = logging.getLogger(__name__)


class InlineExecutor:
    """One worker without a process of its own.

    ``threads`` 1: works run one after the other in a background thread; 0: in the calling thread, before
    ``submit`` returns. A thread cannot be killed: ``kill`` fails the future at once and wishes, through the
    work's progress file, that the work stops at its next step; until then the worker stays taken.
    """

    def __init__(self, worker: Worker, *, threads: int = 1) -> None:
        if threads not in (0, 1):
            raise ValueError(f"an inline executor has 0 or 1 threads, not {threads}")
        self._worker = worker
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="inline-worker") if threads else None
        self._works: dict[Future[Result], Work] = {}
        self._threads: dict[Future[Result], int] = {}  # which one is at a work

    @property
    def slots(self) -> int:
        """One."""
        return 1

    @property
    def cards(self) -> int:
        """None is shared."""
        return 0

    @property
    def runs_in_caller(self) -> bool:
        """Whether a work is over when ``submit`` returns."""
        return self._pool is None

    def submit(self, work: Work) -> Future[Result]:
        """Run it; the future raises what the worker raised."""
        future: Future[Result] = Future()
        self._works[future] = work
        if self._pool is None:
            self._perform(future)
        else:
            self._pool.submit(self._perform, future)
        return future

    def kill(self, future: Future[Result]) -> None:
        """Give the work up: its future raises WorkerLost, and the work is asked to stop at its next step."""
        work = self._works.get(future)
        if work is None:
            return
        lost = WorkerLost("the work was given up: it made no progress")
        frame = sys._current_frames().get(self._threads.get(future, 0))
        if frame is not None:
            lost.add_note("".join(traceback.format_stack(frame)))
        if not _fail(future, lost):
            return
        if work.progress is not None:
            progress = Progress(Path(work.progress))
            progress.stop()
            progress.close()
        logger.warning("inline work given up")

    def close(self) -> None:
        """Give up what runs and what waits, and take no more."""
        for future in list(self._works):
            self.kill(future)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _perform(self, future: Future[Result]) -> None:
        work = self._works[future]
        self._threads[future] = threading.get_ident()
        try:
            if not future.done() and future.set_running_or_notify_cancel():
                _settle(future, self._worker, work)
        finally:
            self._works.pop(future, None)
            self._threads.pop(future, None)


def _settle(future: Future[Result], worker: Worker, work: Work) -> None:
    try:
        result = worker.perform(work)
    except Exception as error:  # whatever a worker raises is its future's owner's
        logger.debug("inline work raised", exc_info=error)
        _fail(future, error)
    else:
        with suppress(InvalidStateError):  # given up meanwhile: nobody waits for it
            future.set_result(result)


def _fail(future: Future[Result], error: Exception) -> bool:
    """Let the future raise it; False when it was over already."""
    try:
        future.set_exception(error)
    except InvalidStateError:
        return False
    return True
