"""The actors of one lane: found warm, made anew, killed."""

import logging
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from json import dumps
from types import ModuleType
from typing import Any

from automl_tl.domain.work import Work
from automl_tl.errors import OperatorError
from automl_tl.executors.ray_cards import cards_of, share
from automl_tl.executors.ray_connection import NAMESPACE
from automl_tl.executors.ray_worker import RayWorker, WorkerPlan
from automl_tl.executors.stack import ask

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 2.0  # an idle actor answers within milliseconds, a busy one not at all
_NAME_SECONDS = 10.0
_LOOK_SECONDS = 0.05


@dataclass(eq=False, slots=True, kw_only=True)
class Actor:
    """A handle of Ray's; ``pid`` is None until a new actor has said it, and on somebody else's cluster.

    ``doomed``: killed on purpose, so what it still answers is its last. ``works``: what it has answered.
    """

    number: int
    handle: Any
    pid: int | None = None
    doomed: bool = False
    works: int = 0


class Actors:
    """Finds and makes the actors of one lane.

    ``outlive``: they stay when this process ends (a pool of our own); else they end with it. ``reserves``:
    they take parts of GPUs from Ray; in our own pool one lane does, and the others' keep to one each beside
    it: an actor that Ray cannot place would hang its job.
    """

    def __init__(
        self, ray: ModuleType, *, plan: WorkerPlan, lane: str, outlive: bool, reserves: bool
    ) -> None:
        self._ray = ray
        self._plan = plan
        self._lane = f"worker-{lane}-"
        self._outlive = outlive
        self.cards = cards_of(ray)
        self._share = 0.0  # of a GPU; a matter of how many there are to share it
        self._reserves = reserves
        # Slots bound the load, not Ray's own counting: an actor that waits takes no CPU. On a cluster, where
        # Ray would fill the nearest node first, the least part of one keeps it off nodes without any.
        place = {"num_cpus": 0} if outlive else {"num_cpus": 0.01, "scheduling_strategy": "SPREAD"}
        self._factory = ray.remote(**place, max_restarts=0, max_task_retries=0)(RayWorker)

    def open(self, count: int) -> list[Actor]:
        """Actors 0 to count-1, warm ones where they are; those of other settings are ended."""
        self._share = share(slots=count, cards=self.cards)
        wanted = [self._name(number) for number in range(count)]
        there = set(self._ray.util.list_named_actors())
        for name in there - set(wanted):
            if name.startswith(self._lane):
                self._end_named(name)
        asked = [(n, self._ask(name) if name in there else None) for n, name in enumerate(wanted)]
        return [self._answered(number, answer) for number, answer in asked]

    def make(self, number: int) -> Actor:
        """A new actor under that number; its predecessor's name takes a moment to become free.

        Raises OperatorError when it does not.
        """
        options: dict[str, Any] = {"name": self._name(number), "namespace": NAMESPACE}
        if self._outlive:
            options["lifetime"] = "detached"
        card = self._card(number)
        if card is None:
            options["num_gpus"] = self._share
        deadline = time.monotonic() + _NAME_SECONDS
        while True:
            try:
                actor = Actor(number=number, handle=self._factory.options(**options).remote(self._plan, card))
                break
            except ValueError as error:  # the name is still taken
                if time.monotonic() > deadline:
                    raise OperatorError(f"Ray keeps the name of a dead worker: {error}") from error
                time.sleep(_LOOK_SECONDS)
        actor.handle.hello.remote().future().add_done_callback(lambda said: self._note_pid(actor, said))
        return actor

    def _name(self, number: int) -> str:
        """Says the settings too: an actor of other ones is not ours, nor one that has another share."""
        settings = dumps([asdict(self._plan), self._share], sort_keys=True)
        return f"{self._lane}{sha256(settings.encode()).hexdigest()[:8]}-{number}"

    def _card(self, number: int) -> int | None:
        """The GPU that an actor keeps to by itself; None: Ray gives it one, or there is none."""
        return None if self._reserves or not self.cards else number % self.cards

    def where(self, actor: Actor, work: Work) -> str:
        """The stacks of its process, which is on this machine and at that work; nothing: it does not tell."""
        if actor.pid is None or work.progress is None:
            return ""
        return ask(actor.pid, progress=work.progress)

    def kill(self, actor: Actor) -> None:
        """End it now, also when its process hangs beyond Ray's reach."""
        actor.doomed = True
        self._ray.kill(actor.handle, no_restart=True)
        if actor.pid is not None:
            try:
                os.kill(actor.pid, signal.SIGKILL)
            except ProcessLookupError:
                logger.debug("process %d was gone already", actor.pid)

    def kill_all(self, actors: Iterable[Actor]) -> None:
        """End them all."""
        for actor in actors:
            self.kill(actor)

    def _ask(self, name: str) -> tuple[Any, Any] | None:
        try:
            handle = self._ray.get_actor(name, namespace=NAMESPACE)
        except ValueError:
            return None
        return handle, handle.hello.remote()

    def _answered(self, number: int, asked: tuple[Any, Any] | None) -> Actor:
        """The warm actor if it answers; one that does not still works for a process that is gone."""
        if asked is None:
            return self.make(number)
        actor = Actor(number=number, handle=asked[0])
        try:
            self._note_pid(actor, self._ray.get(asked[1], timeout=_ANSWER_SECONDS))
            return actor
        except self._ray.exceptions.GetTimeoutError:
            logger.warning("worker %d was busy for a process that is gone, and was ended", number)
            self.kill(actor)
        except self._ray.exceptions.RayActorError:
            logger.info("worker %d was dead, and was replaced", number)
        return self.make(number)

    def _note_pid(self, actor: Actor, said: Any) -> None:
        if hasattr(said, "exception"):
            said = None if said.exception() else said.result()
        if self._outlive:  # our own pool, so a process of this machine
            actor.pid = said

    def _end_named(self, name: str) -> None:
        try:
            self._ray.kill(self._ray.get_actor(name, namespace=NAMESPACE), no_restart=True)
            logger.info("worker %s of other settings ended", name)
        except ValueError:
            logger.debug("worker %s was gone already", name)
