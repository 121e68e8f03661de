"""Every route, asked by another tenant, by too small a role, and by nobody."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.routing import iter_route_contexts
from patience import WAIT_SECONDS
from starlette.testclient import TestClient
from two_tenants import LINE, ORIGIN, OURS, THEIRS, Place, submit, two_tenants

from automl_tl.domain.api_key import new_key, read_key
from automl_tl.domain.audit import Wanted
from automl_tl.domain.caller import Caller, Role
from automl_tl.domain.events import Event, EventKind
from automl_tl.store.base import Store
from automl_tl.web.feed import Feed
from automl_tl.web.parts import Parts
from automl_tl.web.rights import RIGHTS, Reach
from automl_tl.web.streams import tenant_stream

# What has no part that varies: asked by another tenant it answers, and tells nothing of ours.
WITHOUT_PART = frozenset(
    {
        "GET /",
        "GET /events",
        "GET /jobs/new",
        "GET /models",
        "GET /schedules",
        "GET /api/docs",
        "GET /api/v1/caller",
        "GET /api/v1/jobs",
        "GET /api/v1/models",
    }
    | {"GET /api/v1/webhooks", "POST /api/v1/webhooks"}
    | {"GET /api/v1/keys", "POST /api/v1/keys", "GET /api/v1/quotas"}
    | {"GET /api/v1/schedules", "POST /api/v1/schedules"}
    | {"POST /api/v1/jobs", "POST /api/v1/plans", "POST /api/v1/datasets", "POST /api/v1/datasets/forget"}
)
TENANT_ROUTES = [route for route, right in RIGHTS.items() if right.reach is Reach.TENANT]
OPERATORS = {"POST /api/v1/keys/{id}/revoke"}  # which reach every tenant where the operator asks
WITH_PART = [route for route in TENANT_ROUTES if "{" in route]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with two_tenants(tmp_path_factory.mktemp("tenants")) as place:
        yield place


def test_every_route_has_a_rule_and_every_rule_a_route(place: Place) -> None:
    app = place.app
    found = {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if route.path not in ("/static", app.openapi_url)
        for method in (route.methods or {"ANY"}) - {"HEAD"}
    }

    assert found == set(RIGHTS)


def test_every_rule_of_a_tenants_route_is_asked_by_another_tenant_below() -> None:
    assert {route for route in TENANT_ROUTES if "{" not in route} == WITHOUT_PART


def test_route_without_a_rule_answers_nobody(place: Place) -> None:
    place.app.get("/api/v1/unheard-of")(lambda: {"secret": 1})
    try:
        client = place.client("default")

        answer = client.get("/api/v1/unheard-of")

        assert answer.status_code == 403
        assert "no rule" in answer.json()["detail"]
    finally:
        place.app.router.routes.pop()


@pytest.mark.parametrize(
    ("tenant", "route"),
    [(THEIRS, route) for route in WITH_PART] + [("default", r) for r in WITH_PART if r not in OPERATORS],
)
def test_what_is_anothers_is_not_there(place: Place, route: str, tenant: str) -> None:
    theirs = place.ask(place.client(tenant), route)
    ours = None if route.endswith(("/events", "/remove")) else place.ask(place.client(OURS), route)

    assert theirs.status_code == 404
    assert OURS not in re.sub(f"{LINE}|{place.job}|{place.webhook}|{place.key}", "", theirs.text)
    assert ours is None or ours.status_code < 300 or ours.text != theirs.text


@pytest.mark.parametrize("route", sorted(WITHOUT_PART - {"GET /events"}))
def test_what_lists_shows_nothing_of_another_tenant(place: Place, route: str) -> None:
    answer = place.ask(place.client(THEIRS), route)

    assert answer.status_code in (200, 201, 422)
    assert LINE not in answer.text
    assert place.job not in answer.text


def test_stream_of_the_pages_tells_of_the_own_tenant_only(place: Place) -> None:
    assert (asyncio.run(_told(place, OURS)), asyncio.run(_told(place, THEIRS))) == (True, False)


async def _told(place: Place, tenant: str) -> bool:
    frames = await _frames(place, Caller(tenant=tenant, role=Role.VIEWER, who="token"), place.store)
    async for frame in frames:
        if b"nothing happened" in frame:
            return False
        if b"data:" in frame:
            return True
    raise AssertionError("the stream ended")


async def _frames(place: Place, caller: Caller, store: Store) -> AsyncIterator[bytes]:
    """What the pages' stream says to that caller from the first event on, over a feed in a hurry."""
    parts: Parts = place.app.state.parts  # type: ignore[attr-defined]
    feed = Feed(store, poll_seconds=0.01, quiet_seconds=0.05)
    answer = await tenant_stream(replace(parts, feed=feed, caller=caller), after=0)
    return cast(AsyncIterator[bytes], answer.body_iterator)  # type: ignore[attr-defined]


def test_another_tenants_past_is_not_read_for_the_stream_of_the_pages(place: Place) -> None:
    class Counting:
        """Knows whose past events were read."""

        read: list[str] = []  # noqa: RUF012  # of this one test

        def last_event(self) -> int:
            return place.store.last_event()

        def events(self, **asked: Any) -> tuple[Event, ...]:
            found = place.store.events(**asked)
            self.read += [event.tenant for event in found if asked["after"] == 0]
            return found

    counting = Counting()
    caller = Caller(tenant=THEIRS, role=Role.VIEWER, who="token")

    async def heard() -> list[bytes]:
        frames = await _frames(place, caller, cast(Store, counting))
        return [await anext(frames), await anext(frames)]

    assert asyncio.run(heard()) == [b"retry: 1000\n\n", b": nothing happened\n\n"]
    assert OURS not in counting.read


@pytest.mark.parametrize("busy", [False, True], ids=["quiet", "busy"])
def test_an_open_stream_ends_when_its_key_is_revoked(place: Place, busy: bool) -> None:
    shown = read_key(new_key())
    assert shown is not None
    kept = {"tenant": OURS, "role": Role.VIEWER, "label": "x", "expires": None, "who": "test"}
    caller = place.store.add_key(shown, **kept).caller

    async def until_the_end() -> int:
        heard = 0
        async for _ in await _frames(place, caller, place.store):
            heard += 1
            if heard == 4:
                await asyncio.to_thread(place.store.revoke_key, shown.id, who="test")
            if busy:
                place.store.append(EventKind.TRIAL_STARTED, tenant=OURS, job=None, data={})
        return heard

    assert asyncio.run(asyncio.wait_for(until_the_end(), WAIT_SECONDS)) >= 4


def test_page_of_jobs_does_not_begin_after_another_tenants(place: Place) -> None:
    answers = [
        place.client(tenant).get("/api/v1/jobs", params={"before": place.job}) for tenant in (OURS, THEIRS)
    ]

    assert [answer.status_code for answer in answers] == [200, 404]


def test_counts_are_the_tenants_own(place: Place) -> None:
    counts = [
        sum(place.client(tenant).get("/api/v1/jobs").json()["counts"].values()) for tenant in (OURS, THEIRS)
    ]

    assert counts[0] >= 1
    assert counts[1] == 0


@pytest.mark.parametrize("route", [r for r, right in RIGHTS.items() if right.reach is Reach.MACHINE])
def test_what_concerns_the_machine_is_the_operators(place: Place, route: str) -> None:
    refused = place.ask(place.client(THEIRS), route)
    taken = place.ask(place.client("default"), route)

    assert refused.status_code == 403
    assert taken.status_code == 200


@pytest.mark.parametrize("route", [r for r, right in RIGHTS.items() if right.role is not Role.VIEWER])
def test_smaller_role_is_refused_in_one_sentence(place: Place, route: str) -> None:
    needed = RIGHTS[route].role
    tenant = "default" if RIGHTS[route].reach is Reach.MACHINE else OURS
    smaller = list(Role)[list(Role).index(needed) - 1]
    body = {"dataset": "/x", "name": "x"} if route.endswith(("/jobs", "/plans")) else None
    if route.endswith("/webhooks"):
        body = {"url": "http://127.0.0.1:9/x"}
    if route.endswith("/schedules"):
        body = {"schedule": "x", "cron": "0 2 * * *", "dataset": "/x"}

    refused = place.ask(place.client(tenant, smaller), route, body=body)

    assert refused.status_code == 403
    assert f"needs the role {needed}" in refused.json()["detail"]


@pytest.mark.parametrize("route", [r for r, right in RIGHTS.items() if right.reach is not Reach.OPEN])
def test_once_there_is_a_key_nothing_is_answered_without_one(place: Place, route: str) -> None:
    nobody = TestClient(place.app, base_url=ORIGIN)

    answer = place.ask(nobody, route)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_other_tenants_name_of_the_same_name_is_another_line(place: Place) -> None:
    theirs = submit(place.client("third"), place.settings.home.parent / "third")
    (place.settings.home.parent / "third" / "digits" / "0").mkdir(parents=True)
    taken = submit(place.client("third"), place.settings.home.parent / "third" / "digits")
    predicted = place.ask(place.client("third"), "POST /api/v1/models/{name}/predict")

    assert theirs.status_code == 422
    assert taken.status_code == 202
    assert predicted.json()["predictions"] == [{"label": f"third.{LINE}"}]


def test_data_of_another_tenants_root_is_refused_also_through_a_link(place: Place) -> None:
    base = place.settings.home.parent
    (base / THEIRS / "mine").symlink_to(base / OURS / "digits")
    client = place.client(THEIRS)

    answers = [submit(client, path) for path in (base / OURS / "digits", base / THEIRS / "mine")]

    for answer in answers:
        assert answer.status_code == 422
        assert "lies outside the folders that may be read here" in answer.json()["detail"]


def test_samples_to_forget_are_not_looked_up_elsewhere(place: Place) -> None:
    answer = place.ask(
        place.client(THEIRS), "POST /api/v1/datasets/forget", body={"samples": ["/etc/hostname"]}
    )

    assert answer.status_code == 422
    assert "lies outside the folders that may be read here" in answer.json()["detail"]


def test_upload_is_its_tenants_own(place: Place) -> None:
    table = b"text,label\n" + b"".join(b"text %d,%s\n" % (n, b"ab"[n % 2 : n % 2 + 1]) for n in range(10))
    sent = place.client(OURS).post("/api/v1/datasets", content=table, headers={"Content-Type": "text/csv"})
    path = Path(sent.json()["dataset"])

    own = submit(place.client(OURS), path)
    other = submit(place.client(THEIRS), path)

    assert (own.status_code, other.status_code) == (202, 422)


def test_champion_and_weights_of_others_are_no_candidates(place: Place) -> None:
    client, root = place.client(THEIRS), place.settings.home.parent
    space = '[space]\nname = "one"\n[[candidate]]\nsource = "{}"\n'
    said = {"dataset": str(root / THEIRS / "digits"), "name": "n"}

    named = client.post("/api/v1/jobs", json={**said, "space": space.format(f"champion:{OURS}.{LINE}")})
    folder = client.post("/api/v1/jobs", json={**said, "space": space.format(f"local-dir:{root / OURS}")})

    assert "champion: and a model's name" in named.json()["detail"]
    assert "lies outside the folders" in folder.json()["detail"]


def test_log_says_who_did_what_and_what_was_refused(place: Place) -> None:
    viewer, admin = place.client(OURS, Role.VIEWER), place.client(OURS)
    held = place.ask(admin, "POST /api/v1/models/{name}/hold")
    place.ask(viewer, "POST /api/v1/models/{name}/hold")
    place.ask(admin, "GET /api/v1/jobs/{id}")

    noted = place.store.deeds(Wanted(tenant=OURS, action="hold", limit=2))
    submitted = place.store.deeds(Wanted(tenant=OURS, target=place.job))[-1]

    assert held.status_code == 200
    assert [(n.deed.target, n.status) for n in noted] == [
        (f"/api/v1/models/{LINE}/hold", status)
        for status in (403, None)  # the newest first
    ]
    assert noted[0].deed.who.startswith("key ")
    assert (submitted.deed.action, submitted.deed.target) == ("POST /api/v1/jobs", place.job)
    assert not place.store.deeds(Wanted(action="GET "))
