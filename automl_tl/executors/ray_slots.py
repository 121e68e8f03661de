"""Work on warm Ray actors."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any

from automl_tl.domain.work import Result, Work
from automl_tl.errors import AutomlError, OperatorError, OutOfMemory, WorkerLost
from automl_tl.executors.ray_actors import Actor, Actors

logger = logging.getLogger(__name__)

_JOIN_SECONDS = 15.0


class RayExecutor:
    """``slots`` actors, one work each at a time; further works wait in this process.

    A worker's own exceptions come back as themselves; a worker that died gives WorkerLost, and a fresh one
    takes its place, as it does after ``works_per_worker`` works (None: never). ``errors`` is Ray's module of
    exceptions; ``on_close`` is handed the actors at the end.
    """

    def __init__(
        self,
        actors: Actors,
        *,
        slots: int,
        errors: Any,
        on_close: Callable[[list[Actor]], None],
        works_per_worker: int | None = None,
    ) -> None:
        self._actors = actors
        self._errors = errors
        self._on_close = on_close
        self._works_per_worker = works_per_worker
        self._slots = slots
        self._lock = threading.Lock()  # guards what follows
        self._free = deque(actors.open(slots))
        self._waiting: deque[tuple[Future[Result], Work]] = deque()
        self._running: dict[Future[Result], tuple[Actor, Work]] = {}
        self._replacing: list[threading.Thread] = []
        self._closed = False

    @property
    def slots(self) -> int:
        """How many actors there are."""
        return self._slots

    @property
    def cards(self) -> int:
        """How many GPUs the actors share."""
        return self._actors.cards

    def submit(self, work: Work) -> Future[Result]:
        """Run it on the next free actor."""
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                raise WorkerLost("the executor is closed")
            self._waiting.append((future, work))
        self._dispatch()
        return future

    def kill(self, future: Future[Result]) -> None:
        """End the actor that runs this work, or take the work out of the queue."""
        self._end(future, ask=True)

    def close(self) -> None:
        """End what still runs; where the pool is kept, idle actors wait for the next runner."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            futures = [future for future, _ in self._waiting] + list(self._running)
        for future in futures:
            self._end(future, ask=False)
        for thread in self._replacing:
            thread.join(_JOIN_SECONDS)
        with self._lock:
            idle = list(self._free)
        self._on_close(idle)

    def _end(self, future: Future[Result], *, ask: bool) -> None:
        """End what works on it, with the note of where it was if it is asked."""
        lost = WorkerLost("the worker was ended: it made no progress")
        with self._lock:  # held while killing, so that the actor cannot turn to another work first
            self._waiting = deque(entry for entry in self._waiting if entry[0] is not future)
            if future in self._running:
                actor, work = self._running[future]
                if ask and (where := self._actors.where(actor, work)):
                    lost.add_note(where)
                self._actors.kill(actor)
        _fail(future, lost)

    def _dispatch(self) -> None:
        """Hand waiting works to free actors."""
        while (paired := self._pair()) is not None:
            future, work, actor = paired
            try:
                answer = actor.handle.perform.remote(work).future()
            except self._errors.RayError as error:
                answer = Future()
                answer.set_exception(error)
            # Not under the lock: an answer that is there already is settled in this very thread.
            answer.add_done_callback(partial(self._settle, future))

    def _pair(self) -> tuple[Future[Result], Work, Actor] | None:
        """The next waiting work, and the actor that is now taken for it."""
        with self._lock:
            while self._free and self._waiting and not self._closed:
                future, work = self._waiting.popleft()
                if not future.done() and future.set_running_or_notify_cancel():
                    actor = self._free.popleft()
                    self._running[future] = actor, work
                    return future, work, actor
        return None

    def _settle(self, future: Future[Result], answer: Future[Result]) -> None:
        """Called in Ray's thread: pass the answer on, and see to the actor."""
        error = answer.exception()
        lost = isinstance(error, self._errors.RayActorError | self._errors.OutOfMemoryError)
        with self._lock:
            actor, _ = self._running.pop(future)
            actor.works += 1
            if not (lost or actor.doomed or actor.works == self._works_per_worker):
                self._free.append(actor)
            elif not self._closed:
                self._start_replacing(actor)
        if error is not None:
            _fail(future, self._own(error))
        else:
            with suppress(InvalidStateError):  # given up meanwhile
                future.set_result(answer.result())
        self._dispatch()

    def _start_replacing(self, lost: Actor) -> None:
        """Not in Ray's thread, which has to be free to learn that the old actor's name is free again."""
        thread = threading.Thread(target=self._replace, args=(lost,), daemon=True)
        self._replacing = [t for t in self._replacing if t.is_alive()] + [thread]
        thread.start()

    def _replace(self, lost: Actor) -> None:
        logger.warning("worker %d was lost or has done its works, and is replaced", lost.number)
        fresh = lost
        try:
            self._actors.kill(lost)  # Ray also says lost of one that it merely cannot reach
            fresh = self._actors.make(lost.number)
        except (AutomlError, self._errors.RayError):
            # Its next work is lost, and tries again.
            logger.exception("worker %d was not replaced", lost.number)
        with self._lock:
            self._free.append(fresh)
        self._dispatch()

    def _own(self, error: BaseException) -> Exception:
        """The error as our callers know it."""
        if isinstance(error, self._errors.RayTaskError):
            cause: Exception = error.cause
            cause.add_note(str(error))  # where in the worker
            return cause
        if isinstance(error, self._errors.OutOfMemoryError):
            return OutOfMemory("the machine ran out of memory, and Ray ended the worker")
        if isinstance(error, self._errors.RayActorError) and error.actor_init_failed:
            return OperatorError(f"a worker could not be built: {str(error).strip().splitlines()[-1]}")
        return WorkerLost(f"a worker was lost: {str(error).strip().splitlines()[0]}")


def _fail(future: Future[Result], error: Exception) -> None:
    with suppress(InvalidStateError):  # it was over already
        future.set_exception(error)
