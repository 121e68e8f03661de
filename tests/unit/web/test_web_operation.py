from dataclasses import replace
from types import SimpleNamespace

import played_job
import pytest
from starlette.testclient import TestClient

from automl_tl.domain.metric import Metric
from automl_tl.errors import StoreUnavailable
from automl_tl.proof.metrics import METRICS
from automl_tl.store.base import Store


class GoneStore:
    def now(self) -> float:
        raise StoreUnavailable("the database is away")


class BrokenStore:
    def now(self) -> float:
        raise RuntimeError("secret insides")


def test_daemon_tells_that_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_daemon_without_its_store_lives_but_is_not_ready(client: TestClient) -> None:
    parts = client.app.state.parts  # type: ignore[attr-defined]
    client.app.state.parts = replace(parts, store=GoneStore())  # type: ignore[attr-defined]

    ready = client.get("/readyz")

    assert client.get("/healthz").status_code == 200
    assert (ready.status_code, ready.headers["retry-after"]) == (503, "2")
    assert ready.json()["detail"] == "the database is away"


def test_what_needs_no_caller_is_answered_while_nobody_can_be_known(
    stranger: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(stranger.app.state.parts.door, "_keys", SimpleNamespace(has_keys=away))  # type: ignore[attr-defined]

    answers = {path: stranger.get(path).status_code for path in ("/healthz", "/login", "/static/style.css")}

    assert answers == {"/healthz": 200, "/login": 200, "/static/style.css": 200}
    assert stranger.get("/api/v1/jobs").status_code == 503


def test_metrics_count_requests_by_route_not_by_path(client: TestClient, store: Store) -> None:
    id = played_job.play_job(store)
    for path in (f"/api/v1/jobs/{id}", "/api/v1/jobs/none", "/nothing", "/static/style.css"):
        client.get(path)

    answer = client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        'automl_tl_http_requests_total{method="GET",route="/api/v1/jobs/{id}",status="200"} 1.0',
        'automl_tl_http_requests_total{method="GET",route="/api/v1/jobs/{id}",status="404"} 1.0',
        'automl_tl_http_requests_total{method="GET",route="other",status="404"} 1.0',
        'automl_tl_http_requests_total{method="GET",route="/static",status="200"} 1.0',
        'automl_tl_jobs{state="succeeded"} 1.0',
    ):
        assert line in answer.text
    assert id not in answer.text


def test_description_and_docs_need_no_network(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    page = client.get("/api/docs").text

    assert {"/api/v1/jobs", "/api/v1/jobs/{id}/events", "/api/v1/models/{name}/predict"} <= set(paths)
    assert "time_budget" in page
    assert "https://" not in page and "//cdn" not in page


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing"])
def test_unknown_address_is_a_problem(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:automl-tl:error:NotFound",
        "title": "not found",
        "status": 404,
        "detail": f"there is nothing at {path}",
    }


def test_wrong_method_is_a_problem(client: TestClient) -> None:
    answer = client.put("/api/v1/jobs")

    assert answer.status_code == 405
    assert answer.json()["detail"] == "/api/v1/jobs does not take PUT"


def test_surprise_is_told_without_its_insides(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    parts = client.app.state.parts  # type: ignore[attr-defined]
    client.app.state.parts = replace(parts, store=BrokenStore())  # type: ignore[attr-defined]

    answer = client.get("/readyz")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "insides" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret insides" in caplog.text


def test_web_knows_the_metrics_that_the_proof_computes() -> None:
    assert {str(metric) for metric in Metric} == set(METRICS)
