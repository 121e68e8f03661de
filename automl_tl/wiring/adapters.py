"""The concrete parts that several processes choose alike: store, registry, zoo, executor."""

from pathlib import Path

from automl_tl.domain.job import ExecutorKind
from automl_tl.executors.base import Executor
from automl_tl.executors.inline import InlineExecutor
from automl_tl.executors.ray_worker import WorkerPlan
from automl_tl.registry.base import Registry
from automl_tl.settings import Settings
from automl_tl.store.sql import SqlStore, open_store
from automl_tl.wiring.slots import slots_of, threads_of

WORKER = "automl_tl.wiring.worker:build"


def store_of(settings: Settings) -> SqlStore:
    """The one memory, migrated forward where needed."""
    home = settings.folders
    home.root.mkdir(parents=True, exist_ok=True)
    return open_store(settings.store_url or home.store)


def registry_of(settings: Settings) -> Registry:
    """The registry of this home; opening MLflow's takes seconds."""
    root = settings.folders.registry
    if settings.registry == "folder":
        from automl_tl.registry.folder import FolderRegistry

        return FolderRegistry(root)
    from automl_tl.registry.mlflow_registry import MlflowRegistry

    return MlflowRegistry(root, url=settings.registry_url)


def executor_of(
    kind: ExecutorKind, settings: Settings, *, keep_pool: bool, builder: str = WORKER
) -> Executor:
    """The workers of this home: warm Ray actors, or one thread of this process."""
    plan = plan_of(settings, builder=builder)
    if kind is ExecutorKind.INLINE:
        return InlineExecutor(plan.build())
    from automl_tl.executors.ray_executor import ray_executor  # seconds, and only where Ray is wanted

    return ray_executor(
        settings.folders,
        plan=plan,
        slots=slots_of(settings),
        keep_pool=keep_pool,
        works_per_worker=settings.works_per_worker,
    )


def plan_of(settings: Settings, *, builder: str = WORKER) -> WorkerPlan:
    """How a worker of this home is built, in whatever process."""
    return WorkerPlan(
        builder=builder, settings=settings.model_dump(mode="json"), threads=threads_of(settings)
    )


def reconcile_turn(settings: Settings) -> Path:
    """The file by which the processes of a home take turns at reconciling."""
    return settings.folders.run / "reconcile.lock"
