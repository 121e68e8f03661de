"""The main job as a data team sees it: a daemon, its Python client, a folder of pictures."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import page_walk
import pytest
from blocked_network import blocked_network
from patience import WAIT_SECONDS, until
from real_daemon import SPACE, RealDaemon

from automl_tl.client.client import Client
from automl_tl.daemon.lease import holder_id
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, JobState
from automl_tl.proof.digits import write_digits
from automl_tl.settings import Home
from automl_tl.store.sql import open_store

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("main-job")]

Serve = Callable[..., RealDaemon]
NAME = "digits"
STRANGER = """
import json, sys
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model("models:/digits@champion")
print(json.dumps(list(model.predict(pd.DataFrame({"image": sys.argv[1:]}))["label"])))
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("data") / "digits", limit=300)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a daemon on the test's home; whatever is left of it is ended after the test."""
    started: list[RealDaemon] = []
    home = tmp_path / "home"
    home.mkdir()

    def serve(base: Mapping[str, str] = os.environ, **environment: str) -> RealDaemon:
        started.append(RealDaemon(home, environment=environment, base=base))
        return started[-1]

    yield serve
    for daemon in started:
        daemon.end()


def submit(client: Client, digits: Path, **options: object) -> str:
    return str(client.submit(dataset=digits, name=NAME, space=SPACE, max_trials=3, **options)["job"])


def submit_by_page_or_client(client: Client, digits: Path) -> str:
    """Through the form where there is a Chromium, watched to its end; else by the client."""
    with page_walk.visitor(client) as page:
        if page is None:
            return submit(client, digits, executor="inline")
        job = page_walk.submit(page, digits, name=NAME, space=SPACE)
        page_walk.watch_to_its_end(page)
        return job


def steer_by_page(client: Client, digits: Path, job: str, *, into: Path) -> None:
    """Try a prediction, roll back, and take README's pictures, where there is a Chromium."""
    with page_walk.visitor(client) as page:
        if page is None:
            return
        (given,) = client.predict(NAME, pictures(digits)[:1])["predictions"]
        assert page_walk.ask(page, client.url, pictures(digits)[0], name=NAME) == given["label"]
        page_walk.promote_and_roll_back(page, client.url, name=NAME)
        page_walk.picture(page, client.url, job=job, name=NAME, into=into)
        assert client.model(NAME)["champion_version"] == 1


@contextmanager
def turn_taken(home: Home) -> Iterator[None]:
    """Meanwhile no other job of the name is proved; so none has ended, however late we look."""
    request = JobRequest(
        name=NAME, dataset=DatasetSource(path="/none"), space=SPACE, executor=ExecutorKind.INLINE
    )
    with closing(open_store(home.store)) as store:
        lease = store.begin_job(request, tenant=DEFAULT_TENANT, holder=holder_id(), lease_seconds=3600.0)
        assert store.take_turn(lease, tenant=DEFAULT_TENANT, name=NAME) is None
        yield
        store.finish(lease, JobState.CANCELLED, spent_seconds=0.0, outcome={})


def check_outcome(outcome: Mapping[str, Any], *, decisions: set[str]) -> None:
    assert outcome["state"] == "succeeded", outcome
    assert outcome["decision"] in decisions, outcome["reason"]
    assert "majority" in outcome["reason"]
    assert set(outcome["baselines"]) == {"majority", "cheap", "scratch"}
    assert outcome["test"] > outcome["baselines"]["majority"]
    low, high = outcome["test_interval"]
    assert low <= outcome["test"] <= high
    assert outcome["candidate"] in ("tiny_efficientnet", "tiny_resnet")
    assert 0 <= outcome["freeze_depth"] <= outcome["stages"]
    assert outcome["trials"] == 3
    curve = [value for _, value in outcome["best_so_far"]]
    assert curve == sorted(curve)
    assert max(curve) >= outcome["validation"]
    assert Path(outcome["card"]).read_text().startswith("<!doctype html>")


def check_serving(client: Client, digits: Path) -> list[str]:
    """The champion is listed, predicts and is evaluated; the labels it gave to three pictures."""
    (line,) = client.models()["models"]
    assert (line["name"], line["champion_version"]) == (NAME, 1)
    assert client.card(NAME).startswith(f"# {NAME}: promoted, version 1\n")
    predictions = client.predict(NAME, pictures(digits))["predictions"]
    assert all(p["probability"] == pytest.approx(max(p["probabilities"].values())) for p in predictions)
    found = client.evaluate(NAME, digits)
    assert found["samples"] == 300
    assert found["interval"][0] <= found["value"] <= found["interval"][1]
    assert found["value"] > 0.5
    return [p["label"] for p in predictions]


def figures(url: str) -> dict[str, float]:
    """What a scrape shows, by series."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines)}


def check_figures(daemon: RealDaemon, seen: Mapping[str, float]) -> None:
    """Real work has left its traces in the figures."""
    assert seen['automl_tl_jobs{state="succeeded"}'] == 1
    assert seen['automl_tl_gate_decisions_total{outcome="promote"}'] == 1
    assert 0 < seen[f'automl_tl_champion_value{{name="{NAME}",tenant="default"}}'] <= 1
    assert 0 < seen["automl_tl_training_seconds_total"] < seen["automl_tl_evaluation_seconds_total"]
    assert seen["automl_tl_training_samples_total"] > 0
    assert seen["automl_tl_forward_passes_saved_total"] > 0
    assert seen["automl_tl_forward_passes_spent_total"] > 0
    assert seen["automl_tl_cache_misses_total"] > 0
    kept = daemon.home.cache / "activations"
    assert any(kept.iterdir())
    assert seen['automl_tl_store_access_seconds_count{access="write"}'] > 0
    for process in ("daemon", "models"):
        assert seen[f'automl_tl_memory_bytes{{process="{process}"}}'] > 2**20


def pictures(digits: Path) -> list[Path]:
    return [sorted((digits / digit).glob("*.png"))[0] for digit in ("1", "4", "7")]


def test_a_folder_becomes_a_champion_and_a_job_goes_on_after_a_restart(
    serve: Serve, digits: Path, tmp_path: Path
) -> None:
    daemon = serve(AUTOML_TL_REGISTRY="folder")
    with closing(daemon.client()) as client:
        first = submit_by_page_or_client(client, digits)
        kinds = [event["kind"] for event in client.events(first)]
        story = ["job queued", "job started", "data checked", "trial reported", "test opened", "decided"]
        assert [kind for kind in dict.fromkeys(kinds) if kind in story] == story
        assert kinds[-1] == "job finished"
        check_outcome(client.wait(first), decisions={"promote"})
        check_serving(client, digits)
        check_figures(daemon, figures(client.url))

        with turn_taken(daemon.home):
            second = submit(client, digits, executor="inline", seed=1)
            next(event for event in client.events(second) if event["kind"] == "trial reported")
            daemon.stop()

    with closing(open_store(daemon.home.store)) as store:
        assert store.job(second).state is JobState.QUEUED
        kept = [trial for trial in store.trials(second) if trial.reports]
        assert kept
    heir = serve(AUTOML_TL_REGISTRY="folder")
    with closing(heir.client()) as client:
        outcome = client.wait(second)
        check_outcome(outcome, decisions={"keep", "promote"})
        assert "champion version 1" in outcome["reason"]
        assert outcome["champion_test"] is not None
        assert outcome["champion_version"] == (2 if outcome["decision"] == "promote" else 1)
        (again, *_) = [t for t in client.trials(second)["trials"] if t["number"] == kept[0].number]
        assert again["attempts"] == 0
        counted = figures(client.url)
        assert counted['automl_tl_jobs_finished_total{state="succeeded"}'] == 2
        assert counted['automl_tl_trials_total{outcome="complete"}'] > 0
        # The first job, the one that took the turn, and the second twice: it went back into the queue.
        assert counted["automl_tl_queue_wait_seconds_count"] == 4
        steer_by_page(client, digits, first, into=tmp_path)
        heir.stop()


def test_ray_trains_without_the_network_and_mlflow_serves_the_champion_to_a_stranger(
    serve: Serve, digits: Path, tmp_path: Path
) -> None:
    network = blocked_network(tmp_path)
    daemon = serve(network.environment, AUTOML_TL_REGISTRY="mlflow", AUTOML_TL_WORKERS="2")
    with closing(daemon.client()) as client:
        job = submit(client, digits, executor="ray")
        until(lambda: client.job(job)["phase"] == "search", what="the search")
        daemon.look()
        check_outcome(client.wait(job), decisions={"promote"})
        labels = check_serving(client, digits)
        daemon.stop()
    assert network.attempts() == ""
    assert network.processes() > 5  # supervisor, runner, models process, keeper, Ray's own, workers

    registry = f"sqlite:///{daemon.home.registry / 'mlflow.sqlite3'}"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", STRANGER, *map(str, pictures(digits))],
        env={**os.environ, "MLFLOW_TRACKING_URI": registry},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=True,
    )
    assert json.loads(ended.stdout.splitlines()[-1]) == labels
