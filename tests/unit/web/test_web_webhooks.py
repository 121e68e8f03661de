from collections.abc import Iterator

import pytest
from served import TOKEN, app_over
from starlette.testclient import TestClient

from automl_tl.settings import Settings
from automl_tl.store.base import Store


@pytest.fixture
def client(store: Store, settings: Settings) -> Iterator[TestClient]:
    allowing = settings.model_copy(update={"webhook_urls": ("https://hooks.example.com/automl",)})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    yield TestClient(app_over(store, allowing), base_url="http://127.0.0.1:8787", headers=headers)


def test_secret_is_shown_once(client: TestClient) -> None:
    made = client.post("/api/v1/webhooks", json={"url": "https://hooks.example.com/automl/1"})
    listed = client.get("/api/v1/webhooks")
    shown = client.get(made.headers["location"])

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert [one["on"] for one in listed.json()["webhooks"]] == [["decided", "failed", "missed"]]
    assert made.json()["secret"] not in listed.text + shown.text
    assert shown.json()["deliveries"] == []


def test_removed_webhook_is_gone(client: TestClient) -> None:
    made = client.post("/api/v1/webhooks", json={"url": "https://hooks.example.com/automl", "on": ["failed"]})
    id = made.json()["webhook"]

    removed = client.post(f"/api/v1/webhooks/{id}/remove")

    assert removed.status_code == 200
    assert client.get("/api/v1/webhooks").json() == {"webhooks": []}
    assert client.post(f"/api/v1/webhooks/{id}/remove").status_code == 404


@pytest.mark.parametrize(
    ("url", "status"), [("https://evil.example", 403), ("file:///etc/passwd", 422), ("x", 422), ("", 422)]
)
def test_what_the_operator_does_not_allow_is_refused(client: TestClient, url: str, status: int) -> None:
    answer = client.post("/api/v1/webhooks", json={"url": url})

    assert answer.status_code == status


def test_one_tenant_has_so_many_at_most(client: TestClient) -> None:
    said = {"url": "https://hooks.example.com/automl"}
    statuses = [client.post("/api/v1/webhooks", json=said).status_code for _ in range(21)]

    assert statuses == [201] * 20 + [409]
