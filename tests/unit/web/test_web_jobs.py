from dataclasses import replace
from pathlib import Path

import played_job
import pytest
from starlette.testclient import TestClient

from automl_tl.client.events import parse
from automl_tl.domain.audit import Wanted
from automl_tl.domain.job import ExecutorKind, JobState, Wish
from automl_tl.domain.promotion import PromotionKind
from automl_tl.job.tracebacks import keep_traceback, traceback_file
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web import jobs


def sse(text: str) -> list[dict[str, object]]:
    """The events of a stream that has ended."""
    return list(parse(text.splitlines()))


@pytest.fixture
def submission(dataset: Path, space: str) -> dict[str, object]:
    return {"dataset": str(dataset), "name": "digits", "space": space}


def test_submitted_job_is_queued_with_its_position(client: TestClient, submission: dict[str, object]) -> None:
    client.post("/api/v1/jobs", json=submission)

    answer = client.post("/api/v1/jobs", json=submission)

    assert answer.status_code == 202
    assert answer.json() == {"job": answer.json()["job"], "state": "queued", "position": 2}
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['job']}"


def test_every_option_reaches_the_job(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    options = {
        "time-budget": "1h30m",
        "max_trials": 5,
        "epoch_budget": 40,
        "metric": "macro_f1",
        "seed": 7,
        "reuse": True,
        "priority": 3,
        "dataset_name": "shared",
        "strategy": "funnel",
        "executor": "inline",
        "max_latency_ms": 5.5,
        "limits": {"max_params": 1000},
        "label_column": "kind",
        "on_leak": "refuse",
    }

    id = client.post("/api/v1/jobs", json={**submission, **options}).json()["job"]

    request = store.job(id).request
    budget = request.budget
    assert (budget.seconds, budget.trials, budget.epochs) == (5400.0, 5, 40)
    assert (request.metric, request.seed, request.priority) == ("macro_f1", 7, 3)
    assert request.reuse
    assert (request.dataset_name, request.executor) == ("shared", ExecutorKind.INLINE)
    assert (request.limits.latency_milliseconds, request.limits.parameters) == (5.5, 1000)
    assert (request.dataset.columns.label, request.dataset.on_leak) == ("kind", "refuse")


def test_job_without_a_budget_gets_ten_minutes(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    plain = client.post("/api/v1/jobs", json=submission).json()["job"]
    trials = client.post("/api/v1/jobs", json={**submission, "max_trials": 3}).json()["job"]

    assert store.job(plain).request.budget.seconds == 600
    assert store.job(trials).request.budget.seconds is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"time_buget": "10m"}, "unknown key time_buget: did you mean time_budget?"),
        ({"time_budget": "-5m"}, "time_budget: '-5m' is negative"),
        ({"time_budget": -5}, "time_budget -5.0: expected more than 0 seconds"),
        ({"time_budget": "soon"}, "time_budget: 'soon' is not a duration such as 90s, 10m, 1h30m or 2d"),
        ({"max_trials": 0}, "max_trials 0: expected 1 or more"),
        (
            {"max_trials": "many"},
            'max_trials: expected a valid integer, unable to parse string as an integer, found "many"',
        ),
        (
            {"name": "../digits"},
            "name '../digits': expected 1 to 63 of a-z, 0-9, _ and -, the first a letter or a digit",
        ),
        ({"seed": -1}, "seed -1: expected 0 to 4294967295"),
        ({"metric": "acuracy"}, "metric: expected 'accuracy', 'balanced_accuracy'"),
        ({"max_size_mb": 0}, "a limit of 0.0 admits no model: expected more than 0"),
        ({"limits": {"max_size": 5}}, "unknown key max_size: did you mean max_size_mb?"),
        ({"space": "embeded"}, 'no search space is called "embeded"'),
        (
            {"space": "../../etc/passwd"},
            "'../../etc/passwd' is neither the name of a search space nor the TOML text",
        ),
        ({"space": "[space]\nname = 'x'\nfreez_depth = 1"}, "freeze_depth"),
        ({"dataset": "digits"}, "'digits' is not an absolute path on this machine"),
        ({"dataset": "/nowhere/at/all"}, "the dataset /nowhere/at/all does not exist"),
        ({"dataset": __file__}, "is neither a folder nor a zip or tar archive"),
    ],
)
def test_wrong_submission_is_refused_in_one_sentence(
    client: TestClient, store: Store, submission: dict[str, object], wrong: dict[str, object], said: str
) -> None:
    answer = client.post("/api/v1/jobs", json={**submission, **wrong})

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert sum(store.count_jobs().values()) == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "the body is not JSON"),
        ("[]", "the body: expected a valid dictionary"),
        ("{}", "dataset is missing"),
        ("", "a JSON body is expected, but none was found"),
    ],
)
def test_body_that_is_no_submission_is_refused(client: TestClient, body: str, said: str) -> None:
    answer = client.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_dataset_outside_the_allowed_roots_is_refused(
    client: TestClient, submission: dict[str, object], settings: Settings, tmp_path: Path
) -> None:
    allowed = settings.model_copy(update={"dataset_roots": (tmp_path / "allowed",)})
    parts = client.app.state.parts  # type: ignore[attr-defined]
    client.app.state.parts = replace(parts, settings=allowed)  # type: ignore[attr-defined]

    answer = client.post("/api/v1/jobs", json=submission)

    assert answer.status_code == 422
    assert "lies outside the folders that may be read here" in answer.json()["detail"]


def test_same_idempotency_key_gives_the_same_job(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    key = {"Idempotency-Key": "once"}

    first = client.post("/api/v1/jobs", json=submission, headers=key)
    second = client.post("/api/v1/jobs", json=submission, headers=key)
    other = client.post("/api/v1/jobs", json={**submission, "seed": 5}, headers=key)

    assert first.json()["job"] == second.json()["job"]
    assert other.status_code == 409
    assert sum(store.count_jobs().values()) == 1


def test_a_submission_and_its_line_in_the_audit_log_are_one_write(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    accesses: list[str] = []
    store.time_accesses(lambda access, seconds: accesses.append(access))

    job = client.post("/api/v1/jobs", json=submission).json()["job"]

    assert accesses.count("write") == 1
    (noted,) = store.deeds(Wanted())
    assert (noted.deed.action, noted.deed.target, noted.status) == ("POST /api/v1/jobs", job, None)


def test_a_submission_that_was_refused_is_in_the_audit_log_once(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    key = {"Idempotency-Key": "once"}
    client.post("/api/v1/jobs", json=submission, headers=key)

    answers = [
        client.post("/api/v1/jobs", json={**submission, **other}, headers=key)
        for other in ({"seed": 5}, {"dataset": "/nowhere"})
    ]

    noted = [one.status for one in store.deeds(Wanted())]
    assert [answer.status_code for answer in answers] == [409, 422]
    assert noted == [422, 409, None]  # the newest first


def test_the_same_key_gives_the_same_job_also_once_its_data_settled_the_metric(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    asked = {key: value for key, value in submission.items() if key != "metric"}
    first = client.post("/api/v1/jobs", json=asked, headers={"Idempotency-Key": "once"}).json()["job"]
    lease = store.claim(holder="runner", lease_seconds=60, job=first)
    assert lease is not None
    played_job.check(store, lease)

    again = client.post("/api/v1/jobs", json=asked, headers={"Idempotency-Key": "once"})

    assert (again.status_code, again.json()["job"]) == (202, first)
    assert store.job(first).request.metric == "accuracy"


def test_finished_job_gives_its_outcome(client: TestClient, store: Store) -> None:
    id = played_job.play_job(store)

    job = client.get(f"/api/v1/jobs/{id}").json()

    assert job["outcome"] == store.job(id).outcome
    assert (job["state"], job["decision"], job["test"], job["version"]) == ("succeeded", "promote", 0.976, 1)
    assert (job["best"], job["trials"], job["position"]) == (0.981, 6, None)


def test_running_job_shows_its_best_trial(client: TestClient, store: Store) -> None:
    lease = played_job.begin(store)
    played_job.check(store, lease)
    played_job.search(store, lease)

    job = client.get("/api/v1/jobs").json()["jobs"][0]

    assert (job["state"], job["phase"], job["trials"]) == ("running", "search", 6)
    assert (job["best"], job["candidate"], job["freeze_depth"]) == (0.981, "resnet-tiny", 0)


def test_jobs_are_listed_newest_first_and_by_state(client: TestClient, store: Store) -> None:
    played_job.play_job(store, name="old")
    queued = store.add_job(played_job.request("new"), tenant="default")

    everything = client.get("/api/v1/jobs").json()
    waiting = client.get("/api/v1/jobs?state=queued").json()

    assert [job["name"] for job in everything["jobs"]] == ["new", "old"]
    assert everything["counts"]["succeeded"] == 1
    assert [(job["job"], job["position"]) for job in waiting["jobs"]] == [(queued.id, 1)]


def test_trials_carry_configuration_and_reports(client: TestClient, store: Store) -> None:
    id = played_job.play_job(store)

    trials = client.get(f"/api/v1/jobs/{id}/trials").json()["trials"]

    assert [trial["number"] for trial in trials] == [0, 1, 2, 3, 4, 5]
    best = trials[3]
    assert (best["candidate"], best["freeze_depth"], best["learning_rate"]) == ("resnet-tiny", 0, 4e-3)
    assert (best["state"], best["epochs"], best["value"]) == ("complete", 9, 0.981)
    assert [report["epoch"] for report in best["reports"]] == [1, 3, 9]
    assert trials[4]["failure"] == "the loss was nan after 12 steps"


def test_finished_jobs_events_end_by_themselves_and_resume(client: TestClient, store: Store) -> None:
    id = played_job.play_job(store)
    path = f"/api/v1/jobs/{id}/events"

    everything = sse(client.get(path).text)
    later = sse(client.get(path, params={"after": everything[9]["id"]}).text)
    resumed = sse(client.get(path, headers={"Last-Event-ID": str(everything[9]["id"])}).text)
    over = client.get(path, params={"after": everything[-1]["id"]})

    assert [event["id"] for event in everything] == [event.id for event in store.events(job=id)]
    assert everything[-1]["kind"] == "job finished"
    assert later == resumed == everything[10:]
    assert over.status_code == 204


@pytest.mark.parametrize("heard", [0, 12, "all of the job's own"])
def test_events_end_though_the_version_was_promoted_again_after_the_job(
    heard: int | str, client: TestClient, store: Store
) -> None:
    id = played_job.play_job(store)
    own = store.events(job=id)
    (decided,) = store.versions(tenant="default", name="digits")
    store.promote(
        tenant="default", name="digits", decision=decided.id, kind=PromotionKind.FORCED, reason="asked for"
    )
    after = heard if isinstance(heard, int) else own[-1].id

    events = sse(client.get(f"/api/v1/jobs/{id}/events", params={"after": after}).text)

    assert [event["id"] for event in events] == [event.id for event in store.events(job=id, after=after)]
    assert events[-1]["id"] > own[-1].id


def test_retried_jobs_events_go_on_after_the_first_end(client: TestClient, store: Store) -> None:
    lease = played_job.begin(store)
    store.finish(lease, JobState.FAILED, spent_seconds=1, failure="no trial could be trained")
    store.retry(lease.job)
    store.wish(lease.job, Wish.CANCEL)

    events = sse(client.get(f"/api/v1/jobs/{lease.job}/events").text)

    assert [event["kind"] for event in events].count("job finished") == 2


def test_person_moves_a_job(client: TestClient, store: Store) -> None:
    id = store.add_job(played_job.request(), tenant="default").id

    moves = ("pause", "resume", "cancel", "retry")
    states = [client.post(f"/api/v1/jobs/{id}/{move}").json()["state"] for move in moves]

    assert states == ["paused", "queued", "cancelled", "queued"]


def test_move_that_is_not_possible_is_a_conflict(client: TestClient, store: Store) -> None:
    id = played_job.play_job(store)

    answer = client.post(f"/api/v1/jobs/{id}/cancel")

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:automl-tl:error:Conflict"


def test_unknown_job_is_not_found(client: TestClient) -> None:
    for path in ("", "/trials", "/events", "/logs"):
        answer = client.get(f"/api/v1/jobs/j-none{path}")
        assert (answer.status_code, answer.json()["title"]) == (404, "not found")


def test_log_gives_its_end_and_goes_on_from_an_offset(
    client: TestClient, store: Store, settings: Settings
) -> None:
    id = store.add_job(played_job.request(), tenant="default").id
    path = f"/api/v1/jobs/{id}/logs"
    empty = client.get(path)
    log = settings.folders.job(id) / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("job started\ntrial 3 reported\ntrial 31 reported\nhalf a li")

    tail = client.get(path, params={"lines": 1})
    one = client.get(path, params={"trial": 3})
    with log.open("a") as file:
        file.write("ne\n")
    rest = client.get(path, params={"offset": tail.headers["log-end"]})

    assert (empty.text, empty.headers["log-end"]) == ("", "0")
    assert tail.text == "trial 31 reported\n"
    assert one.text == "trial 3 reported\n"
    assert rest.text == "half a line\n"


def test_a_plan_is_told_and_nothing_is_queued(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    folder = Path(str(submission["dataset"])) / "cats"
    folder.mkdir(exist_ok=True)
    (folder / "1.png").touch()

    answer = client.post("/api/v1/plans", json=submission)

    assert answer.status_code == 200, answer.text
    assert {"candidates", "seconds", "disk_bytes", "download_bytes", "notes"} <= set(answer.json())
    assert store.jobs() == ()


def test_a_waiting_job_tells_its_place_and_when_it_will_start(
    client: TestClient, store: Store, submission: dict[str, object]
) -> None:
    for _ in range(2):
        client.post("/api/v1/jobs", json={**submission, "time_budget": "90s"})
    now = store.now()

    listed = client.get("/api/v1/jobs").json()["jobs"]
    shown = client.get(f"/api/v1/jobs/{listed[0]['job']}").json()

    assert [job["position"] for job in listed] == [2, 1]
    assert listed[0]["expected_start"] - listed[1]["expected_start"] == pytest.approx(90, abs=0.01)
    assert shown["expected_start"] == pytest.approx(now + 90, abs=30)
    assert shown["waits_for"] is None


def test_a_submission_into_a_long_queue_is_answered_without_its_place(
    client: TestClient, submission: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ANSWERED_AT_ONCE", 1)

    positions = [client.post("/api/v1/jobs", json=submission).json()["position"] for _ in range(2)]

    assert positions == [1, None]


def test_a_discarded_job_leaves_no_checkpoint(
    client: TestClient, store: Store, settings: Settings, submission: dict[str, object]
) -> None:
    id = client.post("/api/v1/jobs", json=submission).json()["job"]
    checkpoints = settings.folders.job(id) / "checkpoints"
    checkpoints.mkdir(parents=True)
    client.post(f"/api/v1/jobs/{id}/cancel")
    assert checkpoints.exists()

    answer = client.post(f"/api/v1/jobs/{id}/cancel?discard=true")

    assert answer.json()["state"] == "cancelled"
    assert not checkpoints.exists()
    assert client.post(f"/api/v1/jobs/{id}/retry").status_code == 409


def test_log_of_a_failed_trial_ends_with_its_traceback(
    client: TestClient, settings: Settings, submission: dict[str, object]
) -> None:
    id = client.post("/api/v1/jobs", json=submission).json()["job"]
    folder = settings.folders.job(id)
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("started\ntrial failed trial=3 why=odd\n")
    keep_traceback(traceback_file(folder, 3), ValueError("odd"))

    shown = client.get(f"/api/v1/jobs/{id}/logs?trial=3").text

    assert shown == "trial failed trial=3 why=odd\nValueError: odd\n"
