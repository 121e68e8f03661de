from typing import Any

import played_job
import pytest
from starlette.testclient import TestClient

from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.store.base import Store
from automl_tl.web.models_app import build_models_app


def test_usage_and_collection_are_the_models_processs_own(client: TestClient) -> None:
    assert client.get("/api/v1/usage").json()["bytes"] == 3
    assert client.post("/api/v1/gc", json={"dry_run": "yes"}).json()["dry_run"] is True
    assert client.post("/api/v1/gc", json={}).json()["dry_run"] is False


def test_samples_are_forgotten_over_http(client: TestClient) -> None:
    asked = client.post("/api/v1/datasets/forget", json={"samples": ["a" * 64], "dataset-name": "digits"})

    assert asked.json()["samples"] == 1
    assert client.post("/api/v1/datasets/forget", json={"samples": []}).status_code == 422


def test_what_frees_and_deletes_needs_the_token(stranger: TestClient) -> None:
    assert stranger.post("/api/v1/gc", json={}).status_code == 401
    assert stranger.post("/api/v1/models/digits/delete", json={"reason": "x"}).status_code == 401


def test_a_version_is_deleted_with_a_reason_or_all_of_them(
    client: TestClient, store: Store, models: Any
) -> None:
    played_job.play_job(store)
    url = "/api/v1/models/digits/delete"

    assert client.post(url, json={"version": 1, "reason": "a mistake"}).json()["name"] == "digits"
    assert client.post(url, json={"which": "all", "reason": "gone"}).status_code == 200

    assert models.deleted == [("digits", 1, "a mistake"), ("digits", None, "gone")]
    for body in ({"reason": "x"}, {"version": 1, "which": "all", "reason": "x"}):
        assert "expected either version" in client.post(url, json=body).json()["detail"]
    assert client.post(url, json={"version": 1}).status_code == 422
    assert client.post("/api/v1/models/nobody/delete", json=body | {"version": 1}).status_code == 404
    assert len(models.deleted) == 2


def test_a_deleted_version_is_shown_with_when_and_why(client: TestClient, store: Store) -> None:
    for version in (1, 2, 3):
        played_job.play_job(store, version=version)
    oldest = store.versions(tenant=DEFAULT_TENANT, name="digits")[-1]
    store.delete_versions(
        tenant=DEFAULT_TENANT, name="digits", decisions=[oldest.id], reason="beyond the 1 kept"
    )

    shown = client.get("/api/v1/models/digits").json()["versions"]

    assert [version["gone_why"] for version in shown] == [
        None,
        None,
        "beyond the 1 kept",
    ]
    assert 'title="beyond the 1 kept">gone' in client.get("/models/digits").text


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("/usage", {}),
        ("/collect", {"dry_run": True}),
        ("/forget", {"samples": ["/a.png"], "tenant": "default", "dataset_name": None, "who": "ana"}),
        ("/delete", {"name": "digits", "version": None, "reason": "gone"}),
    ],
)
def test_the_models_process_answers_what_its_client_asks(
    models: Any, route: str, said: dict[str, Any]
) -> None:
    with TestClient(build_models_app(models)) as client:
        assert client.post(route, json=said).status_code == 200
