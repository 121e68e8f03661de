"""Keys, the page's log-in, and how often a key may ask."""

from collections.abc import Callable
from functools import partial

import pytest
from starlette.testclient import TestClient

from automl_tl.domain.api_key import new_key, read_key
from automl_tl.domain.audit import Wanted
from automl_tl.domain.caller import Role
from automl_tl.errors import RequestError
from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web.app import build_app
from automl_tl.web.login import own_path
from automl_tl.web.rate import Rate
from automl_tl.web.server import address_of, listen
from automl_tl.web.session import COOKIE, SESSION_SECONDS, Sessions
from automl_tl.wiring.planner import plan_job

ORIGIN = "http://127.0.0.1:8787"
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def key(store: Store) -> str:
    return add_key(store)


def add_key(store: Store, *, role: Role = Role.SUBMITTER, expires: float | None = None) -> str:
    text = new_key()
    shown = read_key(text)
    assert shown is not None
    store.add_key(shown, tenant="acme", role=role, label="ci", expires=expires, who="test")
    return text


@pytest.fixture
def app_of(store: Store) -> Callable[[Settings], object]:
    def build(settings: Settings) -> object:
        return build_app(
            store=store,
            settings=settings,
            models=None,
            metrics=Metrics(store),
            token=TOKEN,
            plan=partial(plan_job, store=store, settings=settings),
        )

    return build


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_key_opens_until_it_is_revoked(stranger: TestClient, store: Store, key: str) -> None:
    shown = read_key(key)
    assert shown is not None
    before = stranger.get("/api/v1/jobs", headers=bearer(key))
    store.revoke_key(shown.id, who="test")

    after = stranger.get("/api/v1/jobs", headers=bearer(key))

    assert (before.status_code, after.status_code) == (200, 401)


def test_key_out_of_date_and_key_with_another_secret_open_nothing(
    stranger: TestClient, store: Store, key: str
) -> None:
    old = add_key(store, expires=store.now() - 1)
    forged = key[:17] + new_key()[17:]

    for text in (old, forged, "atl_", "", "basic"):
        assert stranger.get("/api/v1/jobs", headers=bearer(text)).status_code == 401


def test_secret_is_not_kept(settings: Settings, store: Store, key: str) -> None:
    secret = key.rpartition("_")[2] if key.count("_") == 2 else key[17:]

    kept = b"".join(path.read_bytes() for path in settings.home.glob("store.sqlite3*"))

    assert secret.encode() not in kept


def test_page_asks_for_a_key_and_takes_it_to_a_strict_session(
    stranger: TestClient, store: Store, key: str
) -> None:
    asked = stranger.get("/models", headers={"Accept": "text/html"}, follow_redirects=False)
    form = stranger.get(asked.headers["location"])
    wrong = stranger.post("/login", data={"key": new_key()}, follow_redirects=False)

    entered = stranger.post(
        "/login", data={"key": key, "to": "/models"}, headers={"Origin": ORIGIN}, follow_redirects=False
    )

    assert (asked.status_code, asked.headers["location"]) == (303, "/login?to=/models")
    assert 'value="/models"' in form.text
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    cookie = entered.headers["set-cookie"]
    assert (entered.status_code, entered.headers["location"]) == (303, "/models")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and key[17:] not in cookie
    assert "acme · submitter" in stranger.get("/").text
    assert store.deeds(Wanted(action="log in"))[0].deed.tenant == "acme"


def test_the_printed_link_opens_the_page_where_keys_are_too_and_is_noted(
    stranger: TestClient, store: Store, key: str
) -> None:
    entered = stranger.get("/enter", params={"token": TOKEN}, follow_redirects=False)

    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert stranger.get("/").status_code == 200
    assert store.deeds(Wanted(action="log in"))[0].deed.who == "token"


def test_what_a_role_may_not_do_is_in_the_audit_log(stranger: TestClient, store: Store) -> None:
    viewer = add_key(store, role=Role.VIEWER)

    answer = stranger.post("/api/v1/jobs", json={}, headers=bearer(viewer))

    assert answer.status_code == 403
    noted = store.deeds(Wanted(action="POST /api/v1/jobs"))[0]
    assert (noted.deed.tenant, noted.status) == ("acme", 403)


def test_log_out_and_a_revoked_key_end_the_session(stranger: TestClient, store: Store, key: str) -> None:
    shown = read_key(key)
    assert shown is not None
    stranger.post("/login", data={"key": key})
    inside = stranger.get("/api/v1/jobs").status_code
    stranger.post("/logout")
    outside = stranger.get("/api/v1/jobs").status_code
    stranger.post("/login", data={"key": key})
    add_key(store)  # with none left, this machine may look again
    store.revoke_key(shown.id, who="test")

    assert (inside, outside, stranger.get("/api/v1/jobs").status_code) == (200, 401, 401)


def test_login_from_another_page_is_refused(stranger: TestClient, key: str) -> None:
    answer = stranger.post("/login", data={"key": key}, headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("to", ["http://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\nb"])
def test_login_leads_to_our_own_pages_only(to: str) -> None:
    assert own_path(to) == "/"
    assert own_path("/jobs/j-1") == "/jobs/j-1"


def test_session_ends_by_itself_and_cannot_be_changed() -> None:
    sessions = Sessions(TOKEN)
    cookie = sessions.issue("k1", now=100.0)
    who, until, signature = cookie.split(".")

    assert sessions.who(cookie, now=100.0 + SESSION_SECONDS - 1) == "k1"
    assert sessions.who(cookie, now=100.0 + SESSION_SECONDS) is None
    for forged in (f"token.{until}.{signature}", f"{who}.{int(until) + 9}.{signature}", "", "a.b.c", "é"):
        assert sessions.who(forged, now=100.0) is None
    assert Sessions(TOKEN + "x").who(cookie, now=100.0) is None


def test_stranger_with_an_old_cookie_is_a_stranger(stranger: TestClient) -> None:
    stranger.cookies.set(COOKIE, "token.9.0")

    assert stranger.get("/api/v1/jobs").status_code == 200  # no key yet: this machine may look
    assert stranger.post("/api/v1/jobs/j-1/cancel").status_code == 401


def test_caller_waits_as_long_as_it_is_told() -> None:
    clock = [0.0]
    rate = Rate(60, clock=lambda: clock[0])
    answers = [rate.wait_seconds("k1") for _ in range(62)]

    assert answers == [0] * 60 + [1, 1]
    assert rate.wait_seconds("k2") == 0
    clock[0] = 1.0
    assert [rate.wait_seconds("k1"), rate.wait_seconds("k1")] == [0, 1]


def test_key_that_asks_too_often_is_told_when_to_come_back(
    app_of: Callable[[Settings], object], settings: Settings, key: str
) -> None:
    client = TestClient(app_of(settings.model_copy(update={"requests_per_minute": 2})), base_url=ORIGIN)

    answers = [client.get("/api/v1/jobs", headers=bearer(key)) for _ in range(3)]
    token = [client.get("/api/v1/jobs", headers=bearer(TOKEN)).status_code for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "30"
    assert answers[2].json()["type"] == "urn:automl-tl:error:TooManyRequests"
    assert token == [200] * 4


def test_guessing_is_bounded_by_address(app_of: Callable[[Settings], object], settings: Settings) -> None:
    client = TestClient(app_of(settings.model_copy(update={"requests_per_minute": 3})), base_url=ORIGIN)

    answers = [client.get("/api/v1/jobs", headers=bearer(new_key())).status_code for _ in range(4)]

    assert answers == [401, 401, 401, 429]


def test_daemon_that_is_reached_from_beyond_lets_nobody_look_without_a_key(
    app_of: Callable[[Settings], object], settings: Settings
) -> None:
    public = settings.model_copy(update={"hostnames": ("automl.example.org",)})
    client = TestClient(app_of(public), base_url="https://automl.example.org")

    answers = [client.get("/api/v1/jobs"), client.get("/api/v1/jobs", headers=bearer(TOKEN))]

    assert [answer.status_code for answer in answers] == [401, 200]
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 403


def test_beyond_loopback_nothing_is_listened_on_without_keys() -> None:
    with pytest.raises(RequestError, match="automl-tl keys create"):
        listen(host="0.0.0.0", port=0)

    listener = listen(host="0.0.0.0", port=0, has_keys=True)
    try:
        assert address_of(listener).startswith("http://127.0.0.1:")
    finally:
        listener.close()


def test_tenant_that_has_uploaded_its_share_is_told_so(
    app_of: Callable[[Settings], object], settings: Settings
) -> None:
    client = TestClient(app_of(settings.model_copy(update={"tenant_upload_bytes": 20})), base_url=ORIGIN)
    table = {"Content-Type": "text/csv", **bearer(TOKEN)}

    answers = [
        client.post("/api/v1/datasets", content=f"text,label\nx,{n}\n".encode(), headers=table)
        for n in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 413]
    assert "the uploads of default take 15 bytes" in answers[1].json()["detail"]
