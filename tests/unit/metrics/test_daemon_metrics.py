"""What a scrape shows of a store, in rows and events as runners write them."""

from pathlib import Path

import played_job
import pytest

from automl_tl.domain.events import EventKind, Tally
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState, Phase, Wish
from automl_tl.domain.promotion import PromotionKind
from automl_tl.domain.schedule import Rule, Slot
from automl_tl.errors import StoreUnavailable
from automl_tl.metrics import ledger, rows
from automl_tl.metrics.account import MOST_NAMES
from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.metrics.machine import Machine
from automl_tl.metrics.requests import MOST_REQUESTS
from automl_tl.metrics.rows import MOST_SCHEDULES
from automl_tl.settings import Settings
from automl_tl.store.base import Store

DIGITS = {"tenant": "default", "name": "digits"}


def figure(metrics: Metrics, figure: str, /, **labels: str) -> float | None:
    metrics.refresh()
    return metrics.registry.get_sample_value(f"automl_tl_{figure}", labels)


def test_played_job_is_counted(store: Store) -> None:
    metrics = Metrics(store)

    played_job.play_job(store)

    assert figure(metrics, "jobs", state="succeeded") == 1
    assert figure(metrics, "jobs", state="queued") == 0
    assert figure(metrics, "jobs_finished_total", state="succeeded") == 1
    assert figure(metrics, "trials_total", outcome="pruned") == 4
    assert figure(metrics, "trials_total", outcome="complete") == 1
    assert figure(metrics, "trials_total", outcome="failed") == 1
    assert [figure(metrics, "evaluations_total", rung=str(rung)) for rung in (1, 2, 3, 4)] == [5, 3, 1, 0]
    assert [figure(metrics, "prunes_total", rung=str(rung)) for rung in (1, 2, 3)] == [2, 2, 0]
    assert figure(metrics, "candidates_scored_total") == figure(metrics, "candidates_left_out_total") == 1
    assert figure(metrics, "gate_decisions_total", outcome="promote") == 1
    assert figure(metrics, "test_openings_total") == 1
    assert figure(metrics, "best_value", **DIGITS) == 0.981
    assert figure(metrics, "champion_value", **DIGITS) == 0.976
    assert figure(metrics, "champion_timestamp_seconds", **DIGITS) == pytest.approx(store.now(), abs=60)
    assert figure(metrics, "last_success_timestamp_seconds", **DIGITS) == pytest.approx(store.now(), abs=60)
    assert figure(metrics, "job_duration_seconds_count") == 1
    assert figure(metrics, "job_seconds_total") == 71.2
    assert figure(metrics, "budget_use_ratio_sum") == pytest.approx(71.2 / 600)
    assert figure(metrics, "queue_wait_seconds_count") == 1
    assert all(figure(metrics, "phase_duration_seconds_count", phase=phase.value) == 1 for phase in Phase)


def test_reports_tell_what_their_seconds_bought(store: Store) -> None:
    metrics = Metrics(store)

    played_job.play_job(store)

    assert figure(metrics, "evaluation_seconds_total") == 9 * 0.5
    assert figure(metrics, "training_samples_total") == 9 * 2 * 1076
    assert figure(metrics, "training_seconds_total") == pytest.approx(9 * 0.2)
    assert figure(metrics, "forward_passes_saved_total") == 9 * 1166
    assert figure(metrics, "forward_passes_spent_total") == 9 * 538
    assert figure(metrics, "cache_hits_total") == 9 * 1076
    assert figure(metrics, "cache_misses_total") == 9 * 180
    assert figure(metrics, "cache_evicted_bytes_total") == 9 * 4096


def test_nothing_is_counted_twice_and_a_restart_resets_nothing(store: Store) -> None:
    metrics = Metrics(store)
    played_job.play_job(store)
    metrics.refresh()

    metrics.refresh()

    assert figure(metrics, "trials_total", outcome="pruned") == 4
    assert figure(Metrics(store), "trials_total", outcome="pruned") == 4


def test_daemon_that_starts_again_goes_on_where_the_last_one_stopped_counting(store: Store) -> None:
    first = Metrics(store)
    played_job.play_job(store)
    waiting = store.add_job(played_job.request("flowers"), tenant="default")
    first.start()
    first.stop()
    kept = store.tally(ledger.READER)

    heir = Metrics(store)
    store.wish(waiting.id, Wish.CANCEL)

    assert kept is not None and kept.last > 0
    assert figure(heir, "jobs_finished_total", state="cancelled") == 1
    before, after = (m.render().decode() for m in (heir, Metrics(store)) if not m.refresh())
    assert [line for line in before.splitlines() if "timestamp" not in line and "wait" not in line] == [
        line for line in after.splitlines() if "timestamp" not in line and "wait" not in line
    ]


@pytest.mark.parametrize("state", [{}, {"rules": "others"}, {"rules": None, "numbers": 3}])
def test_what_was_counted_by_other_rules_is_counted_anew(store: Store, state: dict[str, object]) -> None:
    played_job.play_job(store)
    store.keep_tally(ledger.READER, Tally(last=store.last_event(), state=state))

    assert figure(Metrics(store), "trials_total", outcome="pruned") == 4


def test_store_that_was_put_back_to_an_earlier_day_is_counted_anew(store: Store) -> None:
    played_job.play_job(store)
    metrics = Metrics(store)
    metrics.start()
    metrics.stop()
    kept = store.tally(ledger.READER)
    assert kept is not None
    store.keep_tally(ledger.READER, Tally(last=kept.last + 100, state=kept.state))

    assert figure(Metrics(store), "trials_total", outcome="pruned") == 4


def test_counts_that_are_too_low_are_not_shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    played_job.play_job(store)
    monkeypatch.setattr(ledger, "PAGE", 10)
    monkeypatch.setattr("automl_tl.metrics.daemon_metrics.SCRAPE_SECONDS", 0.0)
    metrics = Metrics(store)

    assert figure(metrics, "trials_total", outcome="pruned") is None
    assert figure(metrics, "jobs", state="succeeded") == 1
    assert figure(metrics, "events_behind") == store.last_event() - 3 * 10
    while figure(metrics, "events_behind"):
        pass
    assert figure(metrics, "trials_total", outcome="pruned") == 4


def test_job_cancelled_in_the_queue_has_no_duration(store: Store) -> None:
    id = store.add_job(played_job.request(), tenant="default").id
    metrics = Metrics(store)
    assert figure(metrics, "queue_oldest_wait_seconds") == pytest.approx(0, abs=60)

    store.wish(id, Wish.CANCEL)

    assert figure(metrics, "jobs_finished_total", state="cancelled") == 1
    assert figure(metrics, "job_duration_seconds_count") == 0
    assert figure(metrics, "queue_oldest_wait_seconds") == 0


def test_runner_that_died_is_a_restart_and_one_that_handed_back_is_not(store: Store) -> None:
    lease = played_job.begin(store)
    store.requeue(lease, spent_seconds=2.0, reason="stopped on request")
    back = store.claim(holder="second", lease_seconds=0.0)
    store.claim(holder="third", lease_seconds=60.0)
    metrics = Metrics(store)

    assert back is not None
    assert figure(metrics, "runner_restarts_total") == 1
    assert figure(metrics, "queue_wait_seconds_count") == 2
    assert figure(metrics, "job_seconds_total") == 2.0


def test_decisions_of_every_kind_have_their_own_count(store: Store) -> None:
    lease = played_job.begin(store)
    played_job.check(store, lease)
    played_job.prove(store, lease, outcome=Outcome.KEEP)
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1, outcome={})

    assert figure(Metrics(store), "gate_decisions_total", outcome="keep") == 1


def test_champion_that_went_has_no_value_any_more(store: Store) -> None:
    metrics = Metrics(store)
    played_job.play_job(store)
    assert figure(metrics, "champion_value", **DIGITS) == 0.976

    store.promote(
        tenant="default", name="digits", decision=None, kind=PromotionKind.EXTERNAL, reason="by hand"
    )

    assert figure(metrics, "champion_value", **DIGITS) is None
    assert figure(metrics, "promotions_total", kind="external") == 1


def test_champions_are_read_a_few_at_a_time_until_all_are(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_READ", 2)
    for name in ("daisies", "digits", "leaves"):
        played_job.play_job(store, name=name)
    metrics = Metrics(store)

    metrics.refresh()
    first = metrics.render().count(b"automl_tl_champion_value{")
    metrics.refresh()

    assert (first, metrics.render().count(b"automl_tl_champion_value{")) == (2, 3)


def test_jobs_are_never_labels_and_whatever_happens_series_are_bounded(store: Store) -> None:
    metrics = Metrics(store)
    ended = {"state": "succeeded", "seconds": 1.0}
    for number in range(MOST_NAMES + 5):
        job = f"j-{number}"
        told = {"name": f"name-{number}"}
        store.append(EventKind.JOB_STARTED, tenant="default", job=job, data=told)
        report = {"number": 0, "value": 0.5, "seconds": 1.0}
        store.append(EventKind.TRIAL_REPORTED, tenant="default", job=job, data=report)
        store.append(EventKind.JOB_FINISHED, tenant="default", job=job, data={**told, **ended})
    for number in range(MOST_SCHEDULES + 5):
        add_schedule(store, f"nightly-{number}", due=1000.0 + number)
    for number in range(2 * MOST_REQUESTS):
        metrics.observe_request(method="GET", route=f"/api/v1/room{number}", status=200, seconds=0.1)
    metrics.look()
    while figure(metrics, "events_behind"):
        pass

    text = metrics.render().decode()

    assert text.count("automl_tl_best_value{") == MOST_NAMES
    assert text.count("automl_tl_last_success_timestamp_seconds{") == MOST_NAMES
    assert 'name="name-4"' not in text
    assert 'schedule="nightly-99"' in text and 'schedule="nightly-100"' not in text
    assert text.count("automl_tl_http_requests_total{") == MOST_REQUESTS + 1
    assert (
        figure(metrics, "http_requests_total", method="other", route="other", status="other") == MOST_REQUESTS
    )
    assert "j-1" not in text
    champions = 2 * MOST_NAMES  # their values and times, which these names have not
    assert sum(not line.startswith("#") for line in text.splitlines()) + champions < 2000 - 100


def add_schedule(store: Store, name: str, *, due: float) -> None:
    slot = Slot(occurrence=due, due=due)
    store.add_schedule(
        tenant="default", name=name, rule=Rule(cron="0 2 * * *"), request=played_job.request(), slot=slot
    )


def test_schedule_is_told_of_while_it_is_not_paused(store: Store) -> None:
    metrics = Metrics(store)
    nightly = {"tenant": "default", "schedule": "nightly"}
    add_schedule(store, "nightly", due=5e9)
    metrics.look()
    assert figure(metrics, "schedule_due_timestamp_seconds", **nightly) == 5e9
    since = figure(metrics, "schedule_last_success_timestamp_seconds", **nightly)
    assert since == pytest.approx(store.now(), abs=60)

    store.pause_schedule(tenant="default", name="nightly")
    metrics.look()

    assert figure(metrics, "schedule_due_timestamp_seconds", **nightly) is None


def test_odd_event_is_logged_and_the_next_is_counted(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics(store)
    store.append(EventKind.TRIAL_ENDED, tenant="default", job="j-1", data={"odd": True})
    store.append(EventKind.WORKER_LOST, tenant="default", job="j-1", data={})

    assert figure(metrics, "workers_lost_total") == 1
    assert "event not counted" in caplog.text


def test_store_that_is_away_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Away:
        def tally(self, reader: str) -> None:
            raise StoreUnavailable("the database is away")

    metrics = Metrics(Away())  # type: ignore[arg-type]
    metrics.observe_request(method="GET", route="/metrics", status=200, seconds=0.1)

    metrics.refresh()

    assert b"automl_tl_http_requests_total" in metrics.render()
    assert "the database is away" in caplog.text


def test_daemon_that_counts_tells_of_its_store_and_its_machine(store: Store, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    kept = tmp_path / "cache" / "activations" / "family.segment"
    kept.mkdir(parents=True)
    (kept / "rows").write_bytes(b"1" * 1000)
    metrics = Metrics(store, machine=Machine(settings))
    metrics.start()
    metrics.stop()

    assert figure(metrics, "memory_bytes", process="daemon") > 2**20
    assert figure(metrics, "memory_bytes", process="runners") == 0
    assert figure(metrics, "machine_memory_free_bytes") > 2**20
    assert 0 < figure(metrics, "disk_free_bytes") < figure(metrics, "disk_size_bytes")
    assert figure(metrics, "cache_bytes", cache="activations") == 1000
    assert figure(metrics, "cache_limit_bytes", cache="activations") == settings.activation_bytes
    assert figure(metrics, "store_access_seconds_count", access="read") > 1
    assert figure(metrics, "store_access_seconds_count", access="write") == 0
