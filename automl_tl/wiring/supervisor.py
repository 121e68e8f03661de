"""The daemon's first process: store, scheduler, metrics, web; light, so that it outlives what it starts."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from socket import socket

from automl_tl.champions.models_client import ModelsClient, models_socket
from automl_tl.daemon.job_process import Command
from automl_tl.daemon.outbox import Outbox, poster
from automl_tl.daemon.parent import child_command
from automl_tl.daemon.scheduler import Scheduler
from automl_tl.daemon.service_manager import ServiceManager
from automl_tl.errors import RequestError
from automl_tl.executors.ray_pool import hold_pool, stop_pool
from automl_tl.job.attended import Attended
from automl_tl.job.premises import announced, occupied, token_of
from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.metrics.machine import Machine
from automl_tl.settings import Home, Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store
from automl_tl.web.app import build_app
from automl_tl.web.server import address_of, answers, listen, serve_on
from automl_tl.wiring.logs import log_to_stderr
from automl_tl.wiring.planner import plan_job

logger = logging.getLogger(__name__)

MODELS = "automl_tl.wiring.models"


def serve(
    settings: Settings, *, started: Callable[[], None] = lambda: None, command: Command | None = None
) -> None:
    """Run the daemon until SIGTERM or SIGINT; a second signal ends it and all that it started at once.

    A service manager that started it (systemd) is told when it is up, that it is well, and when it stops.
    ``started`` is called once it listens and its address is written down; ``command`` starts a lease's
    runner in place of the usual one.

    Raises HomeInUse (another daemon), PortInUse, RequestError (beyond loopback, no keys), StoreUnavailable.
    """
    log_to_stderr()
    home = settings.folders
    manager = ServiceManager.of(os.environ)
    now = threading.Event()
    with (
        occupied(home),
        closing(open_store(settings.store_url or home.store)) as store,
        closing(_listener(settings, store)) as listener,
        _pool(home, now),
    ):
        scheduler = Scheduler(store, settings, command=command)
        _serve(store, settings, listener, scheduler, manager=manager, now=now, started=started)


def _listener(settings: Settings, store: Store) -> socket:
    has_keys = store.has_keys()
    if settings.hostnames and not has_keys:
        raise RequestError(
            f"AUTOML_TL_HOSTNAMES names {', '.join(settings.hostnames)}, and without a key nobody is answered"
            " there: make one with automl-tl keys create"
        )
    return listen(host=settings.host, port=settings.port, has_keys=has_keys)


def _serve(
    store: Store,
    settings: Settings,
    listener: socket,
    scheduler: Scheduler,
    *,
    manager: ServiceManager,
    now: threading.Event,
    started: Callable[[], None],
) -> None:
    """Everything is in place; stop in the order: no new work, runners, models process."""
    home, address = settings.folders, address_of(listener)
    stop = threading.Event()
    metrics = Metrics(store, machine=Machine(settings))
    models = Attended(
        child_command(MODELS, "--home", str(home.root)),
        name="models process",
        log=home.run / "models.log",
    )
    app = build_app(
        store=store,
        settings=settings,
        models=ModelsClient(models_socket(home)),
        metrics=metrics,
        token=token_of(home),
        plan=partial(plan_job, store=store, settings=settings),
    )
    with ExitStack() as stack:
        stack.enter_context(_signals(scheduler, models, manager, stop=stop, now=now))
        metrics.start()
        stack.callback(metrics.stop)
        models.start()
        stack.callback(models.stop)
        scheduler.start()
        stack.callback(scheduler.join)
        stack.callback(scheduler.stop)
        stack.enter_context(_told(store, settings))
        stack.enter_context(announced(home, address))
        stack.enter_context(manager.watching(partial(_is_well, scheduler, address, manager)))
        say = partial(_say, started, manager, address)
        serve_on(listener, app, started=say, stop=stop, now=now)
    logger.info("daemon stopped")


@contextmanager
def _told(store: Store, settings: Settings) -> Iterator[None]:
    """Webhooks hear what happens, where the operator allows any address."""
    if not settings.webhook_urls:
        yield
        return
    outbox = Outbox(store, post=poster(settings.webhook_policy))
    outbox.start()
    try:
        yield
    finally:
        outbox.stop()


def _say(started: Callable[[], None], manager: ServiceManager, address: str) -> None:
    logger.info("daemon started")
    manager.ready(f"listens on {address}")
    started()


def _is_well(scheduler: Scheduler, address: str, manager: ServiceManager) -> bool:
    """Whether jobs are claimed and requests answered; a store that is away is not the daemon's illness."""
    most = (manager.watchdog_seconds or 0.0) / 2
    return scheduler.stalled_seconds < most and answers(address, seconds=most)


@contextmanager
def _signals(
    scheduler: Scheduler,
    models: Attended,
    manager: ServiceManager,
    *,
    stop: threading.Event,
    now: threading.Event,
) -> Iterator[None]:
    """The first signal stops in order, the second at once."""

    def hear(*_: object) -> None:
        if stop.is_set():
            scheduler.stop_now()
            models.stop_now()
            now.set()
        manager.stopping()
        scheduler.stop()
        stop.set()

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, hear) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _pool(home: Home, now: threading.Event) -> Iterator[None]:
    """Warm workers outlive jobs, but not the daemon, unless a job in the foreground uses them too."""
    use = hold_pool(home)
    try:
        yield
    finally:
        use.close()
        stop_pool(home, at_once=now.is_set())
