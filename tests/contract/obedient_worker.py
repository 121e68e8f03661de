"""A worker that does what the manifest of a Score says: the executors' tests need no more."""

import os
import signal
from pathlib import Path

from patience import until

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Result, Score, Work
from automl_tl.errors import Diverged
from automl_tl.executors.ray_executor import ray_executor
from automl_tl.executors.ray_slots import RayExecutor
from automl_tl.executors.ray_worker import WorkerPlan
from automl_tl.settings import Settings

BUILDER = "obedient_worker:build"


def order(command: str, *, progress: str | None = None) -> Score:
    any_one = Candidate(id="any", source="embedded:any")
    return Score(candidate=any_one, manifest=command, progress=progress)


class ObedientWorker:
    def perform(self, work: Work) -> Result:
        assert isinstance(work, Score)
        command, _, argument = work.manifest.partition(" ")
        if command == "diverge":
            raise Diverged(argument)
        if command == "stumble":
            raise ZeroDivisionError(argument)
        if command == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if command == "await":
            if Path(argument).is_absolute():
                Path(f"{argument}.begun").touch()
            until(Path(argument).exists, what=argument)
        return Report(
            epoch=len(argument),
            value=ANSWERS[command]() if command in ANSWERS else 0.0,
            loss=0.0,
            checkpoint=work.manifest,
            seconds=0.0,
            multiply_adds=os.getpid(),
        )


def most_threads() -> int:
    """Of every library that works in threads of its own, the one that would take the most."""
    import pyarrow
    import scipy.linalg  # noqa: F401  # brings its own BLAS
    import threadpoolctl
    import torch

    pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
    assert len(pools) >= 2
    rayon = int(os.environ["RAYON_NUM_THREADS"])  # it says so only by starting them
    return max(*pools, torch.get_num_threads(), pyarrow.cpu_count(), pyarrow.io_thread_count(), rayon)


ANSWERS = {
    "threads": lambda: float(most_threads()),
    "card": lambda: float(os.environ["CUDA_VISIBLE_DEVICES"]),
}


def build(settings: Settings) -> ObedientWorker:
    if settings.running_jobs == 77:
        raise RuntimeError("no worker with 77 jobs")
    return ObedientWorker()


def start_obedient(
    settings: Settings, *, slots: int = 2, keep_pool: bool = True, works_per_worker: int | None = None
) -> RayExecutor:
    plan = WorkerPlan(builder=BUILDER, settings=settings.model_dump(mode="json"))
    return ray_executor(
        settings.folders, plan=plan, slots=slots, keep_pool=keep_pool, works_per_worker=works_per_worker
    )
