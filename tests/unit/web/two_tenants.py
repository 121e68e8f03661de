"""Two tenants over one app: ours has a job, a schedule and a webhook, and the other must not know."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from starlette.testclient import TestClient

from automl_tl.domain.api_key import new_key, read_key
from automl_tl.domain.caller import Role
from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store
from automl_tl.web.app import build_app
from automl_tl.wiring.planner import plan_job

ORIGIN = "http://127.0.0.1:8787"
TOKEN = "a-token-that-nobody-guesses"
OURS, LINE = "acme", "line-of-acme"
THEIRS = "globex"
BODIES: Mapping[str, object] = {
    "POST /api/v1/models/{name}/predict": {"inputs": [{"text": "x"}]},
    "POST /api/v1/models/{name}/export": {},
    "POST /api/v1/models/{name}/evaluate": {"dataset": "/nowhere"},
    "POST /api/v1/models/{name}/promote": {"version": 1, "reason": "x"},
    "POST /api/v1/models/{name}/rollback": {"reason": "x"},
    "POST /api/v1/models/{name}/hold": {"reason": "x"},
    "POST /api/v1/models/{name}/delete": {"version": 1, "reason": "x"},
    "POST /api/v1/datasets/forget": {"samples": ["0" * 64]},
    "POST /api/v1/gc": {},
    "POST /api/v1/keys": {"role": "viewer"},
    "POST /api/v1/quotas": {"tenant": "another"},
}


@dataclass
class Place:
    """One app over one store, with a job of ours in it."""

    store: Store
    app: object
    job: str
    settings: Settings
    webhook: str = ""
    key: str = ""

    def client(self, tenant: str, role: Role = Role.ADMIN) -> TestClient:
        text = new_key()
        shown = read_key(text)
        assert shown is not None
        self.store.add_key(shown, tenant=tenant, role=role, label="test", expires=None, who="test")
        return TestClient(self.app, base_url=ORIGIN, headers={"Authorization": f"Bearer {text}"})

    def ask(self, client: TestClient, route: str, *, body: object = None) -> object:
        method, path = route.split(" ")
        id = self.webhook if "/webhooks/" in path else self.key if "/keys/" in path else self.job
        path = path.replace("{id}", id).replace("{name}", LINE)
        said = body if body is not None else BODIES.get(route)
        return client.request(method, path, json=said, follow_redirects=False)


@contextmanager
def two_tenants(home: Path) -> Iterator[Place]:
    """A store with a job, a schedule and a webhook of ours; another tenant has an empty folder."""
    url = "http://127.0.0.1:9/hook"
    settings = Settings(
        home=home / "home",
        dataset_roots=(home / "{tenant}",),
        webhook_urls=("http://127.0.0.1:9",),
        requests_per_minute=0,
    )
    settings.home.mkdir()
    store = open_store(settings.folders.store)
    app = build_app(
        store=store,
        settings=settings,
        models=Silent(),
        metrics=Metrics(store),
        token=TOKEN,
        plan=partial(plan_job, store=store, settings=settings),
    )
    for tenant in (OURS, THEIRS, "default"):
        (home / tenant / "digits" / "0").mkdir(parents=True)
    place = Place(store=store, app=app, job="", settings=settings)
    place.job = submit(place.client(OURS), home / OURS / "digits").json()["job"]
    schedule = {"schedule": LINE, "cron": "0 2 * * *", "dataset": str(home / OURS / "digits")}
    assert place.client(OURS).post("/api/v1/schedules", json=schedule).status_code == 201
    place.webhook = place.client(OURS).post("/api/v1/webhooks", json={"url": url}).json()["webhook"]
    place.key = place.client(OURS).post("/api/v1/keys", json={"role": "viewer"}).json()["id"]
    yield place
    store.close()


class Silent:
    """A models process that has nothing to say, and never says of whom."""

    def is_alive(self) -> bool:
        return True

    def export(self, name: str, *, to: Path, **_: object) -> dict[str, object]:
        to.mkdir()
        return {"name": name}

    def evaluate(self, name: str, **_: object) -> dict[str, object]:
        return {"metric": "accuracy"}

    def delete(self, name: str, **_: object) -> None:
        return None

    def predict(self, name: str, *, inputs: Sequence[object], **_: object) -> list[dict[str, object]]:
        return [{"label": name} for _ in inputs]

    def usage(self) -> dict[str, object]:
        return {"bytes": 0, "kinds": {}}

    def forget(self, samples: object, **_: object) -> dict[str, object]:
        return {"samples": 0}

    def collect(self, **_: object) -> dict[str, object]:
        return {"bytes": 0}

    def try_out(self, name: str, *, version: int) -> None:
        return None

    def reconcile(self) -> int:
        return 0


def submit(client: TestClient, dataset: Path) -> object:
    said = {"dataset": str(dataset), "name": LINE, "space": "embedded"}
    return client.post("/api/v1/jobs", json=said)
