"""An app served on loopback in a thread, as the supervisor serves it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from patience import WAIT_SECONDS

from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web.app import build_app
from automl_tl.web.base import ModelsClient
from automl_tl.web.server import serve_app
from automl_tl.wiring.planner import plan_job

TOKEN = "a-token-that-nobody-guesses"


class NoModels:
    """A models process that is never asked to predict."""

    predict = evaluate = None

    def is_alive(self) -> bool:
        return False

    def usage(self) -> dict[str, object]:
        return {"bytes": 3, "kinds": {"store": 2, "logs": 1}, "models": {}, "jobs": {}}


def app_over(
    store: Store,
    settings: Settings,
    *,
    models: ModelsClient | None = None,
    metrics: Metrics | None = None,
) -> FastAPI:
    """The app as the supervisor builds it."""
    chosen = models or NoModels()
    return build_app(
        store=store,
        settings=settings,
        models=chosen,
        metrics=metrics or Metrics(store),
        token=TOKEN,  # type: ignore[arg-type]
        plan=partial(plan_job, store=store, settings=settings),
    )


@contextmanager
def served(app: FastAPI, *, port: int = 0) -> Iterator[str]:
    """Serve the app while the block runs; its URL."""
    started, stop = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=serve_app,
        args=(app,),
        kwargs={"host": "127.0.0.1", "port": port, "started": started.set, "stop": stop},
    )
    thread.start()
    try:
        assert started.wait(WAIT_SECONDS)
        yield app.state.url
    finally:
        stop.set()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()


def write_address(home: Path, url: str) -> None:
    """What a daemon writes down for its clients."""
    run = home / "run"
    run.mkdir(parents=True, exist_ok=True)
    (run / "daemon.json").write_text(f'{{"url": "{url}", "pid": 1}}')
    (run / "token").write_text(TOKEN + "\n")
