"""A real store, the app over it, and clients with and without the token."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from automl_tl.domain.prediction import EvaluationTerms, PredictionTerms
from automl_tl.errors import NotFound
from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store
from automl_tl.web.app import build_app
from automl_tl.wiring.planner import plan_job

TOKEN = "a-token-that-nobody-guesses"
ORIGIN = "http://127.0.0.1:8787"


@dataclass
class KnownModels:
    """Predicts the length of a file's name, for the alias champion."""

    asked: list[tuple[str, str, list[bytes]]] = field(default_factory=list)
    tried: list[tuple[str, int]] = field(default_factory=list)
    deleted: list[tuple[str, int | None, str]] = field(default_factory=list)
    reconciled: int = 0
    terms: list[PredictionTerms] = field(default_factory=list)

    def predict(
        self, name: str, *, inputs: Sequence[Path], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        if terms.alias != "champion":
            raise NotFound(f"{name} has no alias {terms.alias}")
        self.terms.append(terms)
        self.asked.append((name, terms.alias, [path.read_bytes() for path in inputs]))
        return [{"input": str(path), "label": "7", "probability": 1.0} for path in inputs]

    def try_out(self, name: str, *, version: int) -> None:
        self.tried.append((name, version))

    def reconcile(self) -> int:
        self.reconciled += 1
        return 1

    def is_alive(self) -> bool:
        return True

    def usage(self) -> dict[str, object]:
        return {"bytes": 3, "kinds": {"store": 3}, "models": {}, "jobs": {}}

    def forget(
        self, samples: Sequence[str], *, tenant: str, dataset_name: str | None, who: str
    ) -> dict[str, object]:
        return {"samples": len(samples), "manifests": 0, "versions": [], "advice": None}

    def collect(self, *, dry_run: bool) -> dict[str, object]:
        return {"dry_run": dry_run, "bytes": 0, "items": []}

    def delete(self, name: str, *, version: int | None, reason: str) -> None:
        self.deleted.append((name, version, reason))

    def evaluate(self, name: str, *, dataset: Path, terms: EvaluationTerms) -> dict[str, object]:
        return {
            "metric": "accuracy",
            "value": 0.9,
            "interval": [0.8, 1.0],
            "samples": len(list(dataset.iterdir())),
        }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def store(settings: Settings, migrated_file: Path) -> Iterator[Store]:
    settings.home.mkdir()
    shutil.copy(migrated_file, settings.folders.store)
    store = open_store(settings.folders.store)
    yield store
    store.close()


@pytest.fixture
def models() -> KnownModels:
    return KnownModels()


@pytest.fixture
def client(store: Store, settings: Settings, models: KnownModels) -> Iterator[TestClient]:
    """A client that holds the token."""
    app = build_app(
        store=store,
        settings=settings,
        models=models,
        metrics=Metrics(store),
        token=TOKEN,
        plan=partial(plan_job, store=store, settings=settings),
    )
    with TestClient(app, base_url=ORIGIN, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


@pytest.fixture
def stranger(client: TestClient) -> TestClient:
    """A client of the same app that holds nothing."""
    return TestClient(client.app, base_url=ORIGIN)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "digits"
    for label in ("0", "1"):
        (folder / label).mkdir(parents=True)
    return folder


@pytest.fixture
def space() -> str:
    return '[space]\nname = "one"\n[[candidate]]\nsource = "embedded:resnet"\n'
