import pytest
from starlette.testclient import TestClient

from automl_tl.store.base import Store
from automl_tl.web.doorkeeper import Doorkeeper
from automl_tl.web.guard import host_name

TOKEN = "a-token-that-nobody-guesses"


def test_reading_needs_no_token_but_writing_does(stranger: TestClient) -> None:
    assert stranger.get("/api/v1/jobs").status_code == 200

    refused = stranger.post("/api/v1/jobs/j-1/cancel")

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["type"] == "urn:automl-tl:error:NotAllowed"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1]])
def test_wrong_token_does_not_open(stranger: TestClient, token: str) -> None:
    answer = stranger.post("/api/v1/jobs/j-1/cancel", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8787", "127.0.0.1.evil.example", "", "0.0.0.0:8787"]
)
def test_request_addressed_elsewhere_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/jobs", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8787", "localhost:8787", "[::1]:8787", "localhost", "LOCALHOST:1"]
)
def test_request_addressed_to_this_machine_passes(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/jobs", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["user@127.0.0.1", "127.0.0.1/x", "127.0.0.1:port", "[::1", "localhost:8787/"]
)
def test_host_that_is_no_host_has_no_name(host: str) -> None:
    assert host_name(host) == ""


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9999", "null", "http://localhost:8787"]
)
def test_other_pages_cannot_write_even_with_the_token(client: TestClient, origin: str) -> None:
    answer = client.post("/api/v1/jobs/j-1/cancel", headers={"Origin": origin})

    assert answer.status_code == 403


def test_own_page_may_write(client: TestClient) -> None:
    answer = client.post("/api/v1/jobs/j-1/cancel", headers={"Origin": "http://127.0.0.1:8787"})

    assert answer.status_code == 404


def test_link_with_the_token_gives_a_cookie_that_opens_writing(stranger: TestClient) -> None:
    answer = stranger.get("/enter", params={"token": TOKEN}, follow_redirects=False)

    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert stranger.post("/api/v1/jobs/j-1/cancel").status_code == 404  # the cookie is kept by now


def test_link_with_another_token_gives_none(stranger: TestClient) -> None:
    answer = stranger.get("/enter", params={"token": "old"}, headers={"Accept": "text/html"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "open the link that it printed" in answer.text


def test_every_answer_is_strict(client: TestClient) -> None:
    for path in ("/", "/api/v1/jobs", "/static/style.css", "/nothing", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"


def test_empty_token_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="empty"):
        Doorkeeper(store, token="", is_public=False)


def test_large_body_is_refused_before_it_is_read(client: TestClient, store: Store) -> None:
    stated = client.post("/api/v1/jobs", content=b"x" * (4 * 2**20 + 1))
    streamed = client.post("/api/v1/jobs", content=iter([b"x" * 2**20] * 5))

    for answer in (stated, streamed):
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:automl-tl:error:TooLarge"
