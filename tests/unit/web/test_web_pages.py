import re
import time
from pathlib import Path

import played_job
import pytest
from starlette.testclient import TestClient

from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState, Wish
from automl_tl.domain.trial import TrialState
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.web.figures import (
    breakable,
    clock,
    count,
    day,
    large,
    marked_up,
    moment,
    rate,
    score,
    short,
    signed,
    size,
    span,
)
from automl_tl.web.job_page import SHOWN_TRIALS, marks
from automl_tl.web.jobs_page import PAGE

NASTY = '<script>alert("x")</script>'


def test_empty_list_says_how_to_begin(client: TestClient) -> None:
    assert "automl-tl submit DATASET --name NAME" in client.get("/").text


def test_list_shows_every_job_with_its_state(client: TestClient, store: Store) -> None:
    id = played_job.play_job(store, name="digits")
    store.add_job(played_job.request("waiting"), tenant="default")

    page = client.get("/").text
    only_waiting = client.get("/?state=queued").text

    assert f'href="/jobs/{id}">digits</a>' in page
    assert "promote" in page and "0.976" in page
    assert "waiting" in only_waiting and f"/jobs/{id}" not in only_waiting


def test_list_says_why_a_job_failed(client: TestClient, store: Store) -> None:
    lease = played_job.begin(store, name="broken")
    store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="dataset refused: it has <one> class")

    assert "dataset refused: it has &lt;one&gt; class" in client.get("/").text


def test_finished_job_shows_decision_trials_and_data(client: TestClient, store: Store) -> None:
    id = played_job.play_job(store)

    page = client.get(f"/jobs/{id}").text

    for said in (
        "beats the majority class by 0.884",
        "version 1",
        "cheap baseline",
        "+0.045",
        "resnet-tiny",
        "the loss was nan after 12 steps",
        "left out</b>: 12.0 ms a sample",
        "7/broken.png",
        "repaired",
    ):
        assert said in page
    assert page.count("data-trial=") == 6
    assert f"/api/v1/jobs/{id}/logs" in page


def test_buttons_are_there_only_for_those_who_may_press_them(
    client: TestClient, stranger: TestClient, store: Store
) -> None:
    id = store.add_job(played_job.request(), tenant="default").id

    assert 'data-action="/api/v1/jobs/' in client.get(f"/jobs/{id}").text
    assert "data-action" not in stranger.get(f"/jobs/{id}").text
    assert "read only" in stranger.get("/").text


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (JobState.QUEUED, {"pause", "cancel"}),
        (JobState.RUNNING, {"pause", "cancel"}),
        (JobState.PAUSED, {"resume", "cancel"}),
        (JobState.CANCELLED, {"retry"}),
        (JobState.FAILED, {"retry"}),
    ],
)
def test_every_state_offers_the_moves_it_allows(
    client: TestClient, store: Store, state: JobState, actions: set[str]
) -> None:
    id = store.add_job(played_job.request(), tenant="default").id
    if state in (JobState.RUNNING, JobState.FAILED):
        lease = store.claim(holder="r", lease_seconds=60)
        assert lease is not None
        if state is JobState.FAILED:
            store.finish(lease, JobState.FAILED, spent_seconds=1, failure=NASTY)
    elif state is not JobState.QUEUED:
        store.wish(id, {JobState.PAUSED: Wish.PAUSE, JobState.CANCELLED: Wish.CANCEL}[state])

    page = client.get(f"/jobs/{id}").text

    assert set(re.findall(rf'data-action="/api/v1/jobs/{id}/(\w+)"', page)) == actions
    assert NASTY not in page


def test_what_people_write_is_escaped(client: TestClient, store: Store) -> None:
    job = store.add_job(played_job.request(dataset=f"/data/{NASTY}"), tenant="default")
    lease = store.claim(holder="r", lease_seconds=60)
    assert lease is not None
    play = played_job.Play(
        candidate=NASTY, freeze_depth=1, learning_rate=1.0, values={}, end=TrialState.FAILED, failure=NASTY
    )
    played_job.run_trial(store, lease, play, number=0)

    for path in ("/", f"/jobs/{job.id}"):
        assert "<script>alert" not in client.get(path).text


def test_kept_champion_is_shown_with_its_reason(client: TestClient, store: Store) -> None:
    lease = played_job.begin(store)
    played_job.check(store, lease)
    played_job.search(store, lease)
    played_job.finish(store, lease, played_job.prove(store, lease, outcome=Outcome.KEEP))

    assert 'class="decision keep"' in client.get(f"/jobs/{lease.job}").text


def test_list_goes_on_to_older_jobs_and_shows_one_name_alone(client: TestClient, store: Store) -> None:
    ids = [store.add_job(played_job.request("many"), tenant="default").id for _ in range(PAGE + 1)]
    store.add_job(played_job.request("other"), tenant="default")

    first = client.get("/?name=many").text
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = client.get(older[1].replace("&amp;", "&")).text

    assert re.findall(r'href="/jobs/(j-[^"]+)"', first) == ids[:0:-1]
    assert re.findall(r'href="/jobs/(j-[^"]+)"', second) == [ids[0]]
    assert "Newest" in second and 'rel="next"' not in second


def test_all_trials_are_shown_to_those_who_ask(client: TestClient, store: Store) -> None:
    lease = played_job.begin(store)
    play = played_job.PLAYS[1]
    for number in range(SHOWN_TRIALS + 3):
        played_job.propose(store, lease, play, number=number)

    shown = [client.get(f"/jobs/{lease.job}{which}").text for which in ("", "?trials=all")]

    assert [page.count("data-trial=") for page in shown] == [SHOWN_TRIALS, SHOWN_TRIALS + 3]
    assert f"The best {SHOWN_TRIALS} of {SHOWN_TRIALS + 3}" in shown[0]


def test_end_of_the_log_is_on_the_page(client: TestClient, store: Store, settings: Settings) -> None:
    lease = played_job.begin(store)
    log = settings.folders.job(lease.job) / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number} {NASTY}\n" for number in range(100)))

    page = client.get(f"/jobs/{lease.job}").text

    assert "line 99 &lt;script&gt;" in page and "line 40 " in page and "line 39 " not in page


def test_models_show_who_is_champion(client: TestClient, store: Store) -> None:
    empty = client.get("/models").text
    id = played_job.play_job(store, name="digits")

    listed, one = client.get("/models").text, client.get("/models/digits").text

    assert "No models yet" in empty
    assert "version 1" in listed and "0.976" in listed
    assert "Who was champion when" in one and id in one


def test_model_tells_its_champions_and_offers_the_one_before(
    client: TestClient, stranger: TestClient, store: Store
) -> None:
    for version in (1, 2):
        played_job.play_job(store, name="digits", version=version)

    page, theirs = client.get("/models/digits").text, stranger.get("/models/digits").text

    assert "Roll back to version 1" in page and "Roll back to version" not in theirs
    assert page.count("Make champion<span") == 1 and "Make champion<span" not in theirs
    assert 'aria-label="test accuracy of 2 decisions over time;' in page
    assert 'data-action="/api/v1/models/digits/predict"' in page and 'id="try"' not in theirs
    assert 'accept="image/*"' in page


def test_held_name_says_so_and_offers_to_let_it_go(client: TestClient, store: Store) -> None:
    played_job.play_job(store, name="digits")
    store.hold(tenant="default", name="digits", reason="legal <asked>")

    assert "legal &lt;asked&gt;" in client.get("/models/digits").text
    assert 'data-action="/api/v1/models/digits/unhold"' in client.get("/models/digits").text
    assert "<small>held</small>" in client.get("/models").text


def test_form_offers_every_space_and_metric_to_those_who_may_submit(
    client: TestClient, stranger: TestClient
) -> None:
    page = client.get("/jobs/new?name=flowers").text

    assert "<option selected>embedded</option>" in page and "<option>text-small</option>" in page
    assert "<option>balanced_accuracy</option>" in page
    assert 'value="flowers"' in page
    assert "<form" not in stranger.get("/jobs/new").text


def test_schedule_tells_its_next_run_and_what_became_of_each_night(
    client: TestClient, stranger: TestClient, dataset: Path
) -> None:
    empty = client.get("/schedules").text
    rule = {"schedule": "nightly", "cron": "0 2 * * *", "timezone": "Europe/Zurich"}
    assert client.post("/api/v1/schedules", json={**rule, "dataset": str(dataset)}).status_code == 201
    job = client.post("/api/v1/schedules/nightly/run").json()["job"]

    listed, one = client.get("/schedules").text, client.get("/schedules/nightly").text

    assert "No schedules yet" in empty
    assert 'href="/schedules/nightly">nightly</a>' in listed and "Europe/Zurich" in listed
    assert 'aria-label="Latest runs, oldest first: queued"' in listed
    assert f'href="/jobs/{job}"' in one and "asked for" in one
    assert 'data-action="/api/v1/schedules/nightly/pause"' in one
    assert "data-action" not in stranger.get("/schedules/nightly").text
    assert client.post("/api/v1/schedules/nightly/pause").status_code == 200
    assert "schedules/nightly/resume" in client.get("/schedules/nightly").text


def test_system_says_how_everything_is(client: TestClient) -> None:
    page, told = client.get("/system").text, client.get("/api/v1/system").json()

    assert 'class="state ok">models process' in page
    assert "not started: the first job does it" in page
    assert told["versions"]["automl-tl"] in page and told["versions"]["torch"] in page
    assert told["store"]["kind"] == "sqlite" and told["models_process"] is True
    assert {role["role"] for role in told["roles"]} == {"daemon", "models", "runners", "workers"}
    assert 0 < told["free_disk"] <= told["disk"]
    assert "3 B in all" in client.get("/system/usage").text


def test_unknown_page_is_a_page_for_people(client: TestClient) -> None:
    for path in ("/jobs/j-none", "/models/none", "/nothing"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert "Back to the jobs" in answer.text


def test_days_are_told_as_people_do() -> None:
    now = time.mktime((2026, 3, 2, 9, 0, 0, 0, 0, -1))
    ago = [day(now - hours * 3600, now=now) for hours in (1, 10, 34, 24 * 90)]

    assert ago == ["Today", "Yesterday", "Saturday 28 February", "Tuesday 2 December 2025"]


def test_far_baseline_does_not_squeeze_the_scale() -> None:
    drawn = {mark.who: mark for mark in marks(played_job.proof())}

    assert drawn["majority class"].is_below
    near = [mark for mark in drawn.values() if not mark.is_below]
    assert all(0 < mark.x < 100 for mark in near)
    assert max(mark.x for mark in near) - min(mark.x for mark in near) > 40


def test_figures_are_written_for_people() -> None:
    assert [score(None), score(0.98)] == ["–", "0.980"]
    assert [signed(0.0451), signed(-0.01)] == ["+0.045", "−0.010"]
    assert [rate(0.00123), rate(3.1e-5), rate(0.5), rate(None)] == ["0.0012", "3.1e−5", "0.5", "–"]
    assert [span(4.23), span(47.2), span(200), span(60), span(1500), span(7500), span(90000), span(None)] == [
        "4.2 s",
        "47 s",
        "3 min 20 s",
        "1 min",
        "25 min",
        "2 h 05 min",
        "1 d 1 h",
        "–",
    ]
    assert [count(None), count(12), count(10_000)] == ["–", "12", "10,000"]
    assert [large(5_530_000), large(372_688), large(870), large(2e11), large(None)] == [
        "5.5 M",
        "373 k",
        "870",
        "200 G",
        "–",
    ]
    assert [size(12), size(1_250_000_000), size(84_000)] == ["12 B", "1.2 GB", "84.0 kB"]
    assert [short(0.00321), short(2.5), short(None)] == ["3.2 ms", "2.5 s", "–"]
    assert breakable("a.b_<c") == "a.<wbr>b_&lt;c"
    assert re.fullmatch(r"\d\d:\d\d", clock(0.0))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", moment(0.0))
    assert moment(0.0, "Asia/Tokyo") == "1970-01-01 09:00"
    assert marked_up("``a<b`` is code") == "<code>a&lt;b</code> is code"
