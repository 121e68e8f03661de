"""Schedules over HTTP: what is kept, what is refused, what the history tells."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import played_job
import pytest
from starlette.testclient import TestClient

from automl_tl.domain.dataset import Changes
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.schedule import Ending, Taken
from automl_tl.store.base import Store

URL = "/api/v1/schedules"


@pytest.fixture
def body(dataset: Path, space: str) -> dict[str, Any]:
    return {
        "schedule": "digits",
        "cron": "0 2  * * *",
        "timezone": "Europe/Zurich",
        "dataset": str(dataset),
        "space": space,
        "time-budget": "10m",
        "jitter": "10m",
        "blackouts": ["2026-12-24..2027-01-02"],
    }


@pytest.fixture
def add(client: TestClient, body: dict[str, Any]) -> Callable[..., Any]:
    return lambda **more: client.post(URL, json={**body, **more})


def test_a_schedule_is_kept_with_its_next_run(client: TestClient, add: Callable[..., Any]) -> None:
    answer = add()

    assert answer.status_code == 201
    kept = answer.json()
    assert (kept["schedule"], kept["name"], kept["cron"]) == ("digits", "digits", "0 2 * * *")
    assert (kept["jitter_seconds"], kept["when_missed"], kept["when_unchanged"]) == (
        600.0,
        "run-once",
        "skip",
    )
    assert 0 <= kept["next"] - kept["occurrence"] < 600
    assert kept["budget"]["seconds"] == 600.0
    assert client.get(URL).json() == {"schedules": [kept]}
    assert client.get(f"{URL}/digits").json() == {**kept, "history": []}
    assert add().json() == kept
    other = add(cron="0 3 * * *")
    assert (other.status_code, other.json()["title"]) == (409, "the request contradicts the present state")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"cron": "nightly"}, "five fields"),
        ({"timezone": "Zurich"}, "IANA name"),
        ({"timezone": "Europe"}, "IANA name"),
        ({"timezone": ""}, "IANA name"),
        ({"jitter": "soon"}, "jitter: 'soon' is not a duration"),
        ({"jitter": "2d"}, "expected 0 to 24 hours"),
        ({"blackouts": ["nights"]}, "is no blackout"),
        ({"blackouts": ["2026-12-24"] * 21}, "at most 20"),
        ({"schedule": "Digits!"}, "expected 1 to 63"),
        ({"dataset": "/nowhere"}, "does not exist"),
        ({"when-missed": "twice"}, "when_missed"),
        ({"crom": "0 2 * * *"}, "did you mean cron?"),
    ],
)
def test_what_cannot_run_is_refused_when_it_is_said(
    client: TestClient, add: Callable[..., Any], more: dict[str, Any], said: str
) -> None:
    answer = add(**more)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert client.get(URL).json() == {"schedules": []}


def test_a_schedule_is_paused_resumed_run_and_removed(
    client: TestClient, store: Store, add: Callable[..., Any]
) -> None:
    kept = add().json()

    paused = client.post(f"{URL}/digits/pause").json()
    assert (paused["paused"], paused["next"]) == (True, None)
    assert client.post(f"{URL}/digits/resume").json() == kept
    asked = client.post(f"{URL}/digits/run")
    assert (asked.status_code, asked.json()["job"]) == (202, store.jobs()[0].id)
    again = client.post(f"{URL}/digits/run")
    assert (again.status_code, "has job" in again.json()["detail"]) == (409, True)
    assert client.post(f"{URL}/digits/remove").json() == {"schedule": "digits", "removed": True}
    assert len(store.jobs()) == 1
    for verb in ("pause", "resume", "run", "remove"):
        assert client.post(f"{URL}/digits/{verb}").status_code == 404


def test_schedules_are_changed_with_the_token_only(stranger: TestClient) -> None:
    for path in (URL, f"{URL}/digits/run", f"{URL}/digits/remove"):
        assert stranger.post(path, json={}).status_code == 401


def test_the_history_tells_what_changed_since_the_night_before(
    client: TestClient, store: Store, add: Callable[..., Any]
) -> None:
    add()
    schedule = store.schedule(tenant=DEFAULT_TENANT, name="digits")
    played_job.play_job(store, name="digits", version=1)
    asked = store.run_now(schedule, request=schedule.request)
    lease = store.claim(holder="runner", lease_seconds=60, job=str(asked.job))
    assert lease is not None
    changed = replace(played_job.data_report(), changes=Changes(added=3, gone=1, relabelled=2))
    store.freeze(lease, played_job.manifest("digits"), path="/m.jsonl", report=changed)
    played_job.finish(store, lease, played_job.prove(store, lease), version=2)
    assert schedule.slot is not None
    store.take_occurrence(
        schedule,
        Taken(occurrence=schedule.slot.occurrence, ending=Ending.UNCHANGED, why="nothing was written"),
        request=None,
        after=schedule.slot,
    )

    newest, before = client.get(f"{URL}/digits").json()["history"]

    assert (newest["outcome"], newest["reason"], newest["job"]) == ("unchanged", "nothing was written", None)
    assert (before["asked"], before["outcome"]) == (True, "promote")
    assert before["samples"] == {"added": 3, "gone": 1, "relabelled": 2}
    assert (before["champion_before"], before["champion_after"]) == (1, 2)
    (one,) = client.get(f"{URL}/digits", params={"limit": 1}).json()["history"]
    assert one == newest


def test_every_route_of_schedules_is_in_the_api_description(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()

    paths = [path for path in described["paths"] if path.startswith(URL)]
    assert len(paths) == 6
    assert "ScheduleBody" in described["components"]["schemas"]
