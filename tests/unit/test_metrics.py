from collections.abc import Iterator
from pathlib import Path

import played_job
import pytest

from automl_tl.domain.events import EventKind
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState, Wish
from automl_tl.errors import StoreUnavailable
from automl_tl.metrics import MAX_NAMES, Metrics
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "store.sqlite3")
    yield store
    store.close()


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
    assert figure(metrics, "reports_total") == 9
    assert figure(metrics, "gate_decisions_total", outcome="promote") == 1
    assert figure(metrics, "test_openings_total") == 1
    assert figure(metrics, "best_score", name="digits") == 0.981
    assert figure(metrics, "job_duration_seconds_count") == 1
    assert figure(metrics, "queue_wait_seconds_count") == 1


def test_nothing_is_counted_twice_and_a_restart_resets_nothing(store: Store) -> None:
    metrics = Metrics(store)
    played_job.play_job(store)
    metrics.refresh()

    metrics.refresh()

    assert figure(metrics, "reports_total") == figure(Metrics(store), "reports_total") == 9


def test_job_cancelled_in_the_queue_has_no_duration(store: Store) -> None:
    id = store.add_job(played_job.request(), tenant="default").id
    store.wish(id, Wish.CANCEL)
    metrics = Metrics(store)

    assert figure(metrics, "jobs_finished_total", state="cancelled") == 1
    assert figure(metrics, "job_duration_seconds_count") == 0


def test_decisions_of_every_kind_have_their_own_count(store: Store) -> None:
    lease = played_job.begin(store)
    played_job.check(store, lease)
    played_job.prove(store, lease, outcome=Outcome.KEEP)
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=1, outcome={})

    assert figure(Metrics(store), "gate_decisions_total", outcome="keep") == 1


def test_jobs_are_never_labels_and_names_are_bounded(store: Store) -> None:
    metrics = Metrics(store)
    for number in range(MAX_NAMES + 5):
        job = f"j-{number}"
        told = {"name": f"name-{number}"}
        store.append(EventKind.JOB_STARTED, tenant="default", job=job, data=told)
        store.append(EventKind.TRIAL_REPORTED, tenant="default", job=job, data={"value": 0.5})
    metrics.refresh()

    text = metrics.render().decode()

    assert text.count("automl_tl_best_score{") == MAX_NAMES
    assert 'name="name-4"' not in text
    assert "j-1" not in text


def test_odd_event_is_logged_and_the_next_is_counted(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics(store)
    store.append(EventKind.TRIAL_ENDED, tenant="default", job="j-1", data={"odd": True})
    store.append(EventKind.WORKER_LOST, tenant="default", job="j-1", data={})

    assert figure(metrics, "workers_lost_total") == 1
    assert "event not counted" in caplog.text


def test_store_that_is_away_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Away:
        def events(self, **query: object) -> tuple[object, ...]:
            raise StoreUnavailable("the database is away")

    metrics = Metrics(Away())  # type: ignore[arg-type]

    metrics.refresh()

    assert b"automl_tl_reports_total 0.0" in metrics.render()
    assert "the database is away" in caplog.text
