"""An executor on Ray: on the home's own pool, or on the cluster that RAY_ADDRESS names."""

import os
from contextlib import ExitStack

from automl_tl.executors.ray_actors import Actor, Actors
from automl_tl.executors.ray_connection import connect, import_ahead
from automl_tl.executors.ray_lane import Lane
from automl_tl.executors.ray_pool import open_pool, stop_pool
from automl_tl.executors.ray_slots import RayExecutor
from automl_tl.executors.ray_worker import WorkerPlan
from automl_tl.settings import Home


def ray_executor(
    home: Home, *, plan: WorkerPlan, slots: int, keep_pool: bool, works_per_worker: int | None = None
) -> RayExecutor:
    """Warm actors; raises OperatorError when the pool does not come up, WorkerLost when it does not answer.

    ``keep_pool``: a daemon wants pool and actors after this; else they end at close, unless others use them.
    ``works_per_worker``: after so many works a fresh process takes a worker's place; None: never.
    """
    address = os.environ.get("RAY_ADDRESS")
    if address:
        return _on_cluster(address, plan=plan, slots=slots, works_per_worker=works_per_worker)
    return _on_pool(home, plan=plan, slots=slots, keep_pool=keep_pool, works_per_worker=works_per_worker)


def _on_cluster(address: str, *, plan: WorkerPlan, slots: int, works_per_worker: int | None) -> RayExecutor:
    ray = connect(None, address=address)
    actors = Actors(ray, plan=plan, lane=f"{os.uname().nodename}-{os.getpid()}", outlive=False, reserves=True)

    def leave(idle: list[Actor]) -> None:
        actors.kill_all(idle)
        ray.shutdown()

    return RayExecutor(
        actors, slots=slots, errors=ray.exceptions, on_close=leave, works_per_worker=works_per_worker
    )


def _on_pool(
    home: Home, *, plan: WorkerPlan, slots: int, keep_pool: bool, works_per_worker: int | None
) -> RayExecutor:
    with ExitStack() as taken:
        pool, address = open_pool(home, threads=plan.threads, meanwhile=import_ahead)
        taken.callback(pool.close)
        ray = connect(pool.folder, address=address)
        taken.callback(ray.shutdown)
        lane = Lane.take(pool.folder)
        taken.callback(lane.close)
        actors = Actors(ray, plan=plan, lane=str(lane.number), outlive=True, reserves=lane.number == 0)

        def leave(idle: list[Actor]) -> None:
            if not keep_pool:
                actors.kill_all(idle)
            held.close()
            if not keep_pool:
                stop_pool(home)

        executor = RayExecutor(
            actors, slots=slots, errors=ray.exceptions, on_close=leave, works_per_worker=works_per_worker
        )
        held = taken.pop_all()
        return executor
