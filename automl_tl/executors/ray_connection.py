"""This process's one connection to Ray."""

import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from automl_tl.errors import WorkerLost
from automl_tl.executors.ray_address import PoolFolder, environment

logger = logging.getLogger(__name__)

NAMESPACE = "automl-tl"
_LONGEST_REMARK = 300


def import_ahead(folder: PoolFolder) -> None:
    """Import Ray, which takes seconds, while the pool that this process will connect to starts."""
    os.environ.update(environment(folder))
    import ray  # noqa: F401


def connect(folder: PoolFolder | None, *, address: str) -> ModuleType:
    """Connect this process to Ray and give the library; raises WorkerLost when it cannot be reached.

    ``folder`` None: somebody else's cluster, whose token and settings the environment already has. Ray reads
    its environment when it is imported, hence the import in here: the variables have to come first.
    """
    if folder is not None:
        os.environ.update(environment(folder))
    import ray

    logging.getLogger("ray").setLevel(logging.ERROR)  # it warns of what was chosen on purpose
    if ray.is_initialized():
        ray.shutdown()  # of a pool that ended
    _forget_token()
    local = {} if folder is None else {"_node_ip_address": "127.0.0.1"}
    try:
        with _own_signals():
            ray.init(
                address=address,
                namespace=NAMESPACE,
                log_to_driver=False,
                configure_logging=False,
                logging_level=logging.ERROR,
                **local,
            )
    except (ConnectionError, RuntimeError) as error:
        raise WorkerLost(f"Ray at {address} does not answer: {error}") from error
    _silence(ray)
    module: ModuleType = ray
    return module


def _forget_token() -> None:
    """Ray reads its token once per process, and another home's pool has another.

    Ray has no public call for it; where its insides change, a process can use one home's pool only.
    """
    from ray import _raylet

    loader = getattr(_raylet, "AuthenticationTokenLoader", None)
    if loader is not None:
        loader.instance().reset_cache()


def _silence(ray: ModuleType) -> None:
    """Ray's remarks on lost workers go to the log: standard output belongs to the command and its JSON.

    Ray has no switch for it; where its insides change, they are printed again, and nothing else breaks.
    """

    def note(data: Mapping[str, Any], ignore_prefix: bool) -> None:
        logger.info("Ray remarked: %s", " ".join(data["lines"])[:_LONGEST_REMARK])

    if hasattr(ray._private.worker, "print_to_stdstream"):
        ray._private.worker.print_to_stdstream = note


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep this process's own SIGTERM handler: Ray would put its in the place."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
