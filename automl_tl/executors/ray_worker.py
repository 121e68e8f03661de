"""What lives inside a warm Ray actor: one worker, built once from its name."""

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automl_tl.domain.work import Result, Work
from automl_tl.executors.base import Worker
from automl_tl.executors.ray_address import thread_limits
from automl_tl.executors.ray_cards import keep_to
from automl_tl.executors.stack import told_on_demand
from automl_tl.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlan:
    """How to build a worker anywhere: ``builder`` is ``module:function``, which takes the settings.

    ``settings`` are JSON values; ``threads`` limits the numeric libraries.
    """

    builder: str
    settings: Mapping[str, object]
    threads: int = 1

    def build(self) -> Worker:
        """Import what builds it, and build it."""
        os.environ.update(thread_limits(self.threads))  # read when the libraries are imported, so before
        module, _, function = self.builder.partition(":")
        build: Callable[[Settings], Worker] = getattr(importlib.import_module(module), function)
        return build(Settings.model_validate(dict(self.settings)))


class RayWorker:
    """The actor's class: its constructor imports everything heavy, so that works find it warm."""

    def __init__(self, plan: WorkerPlan, card: int | None = None) -> None:
        keep_to(card)
        self._worker = plan.build()

    def hello(self) -> int:
        """The process id; answered only by an actor that is built and idle."""
        return os.getpid()

    def perform(self, work: Work) -> Result:
        """Carry the work out."""
        with told_on_demand(work.progress):
            return self._worker.perform(work)
