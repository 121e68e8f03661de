"""A real Prometheus scrapes a daemon's app, and every rule and panel shows what happened."""

import json
import math
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import played_job
import pytest
from patience import until
from prometheus_server import Prometheus, prometheus_server
from served import app_over, served

from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState, Wish
from automl_tl.domain.schedule import Ending, Rule, Slot, Taken
from automl_tl.metrics.catalogue import FIGURES
from automl_tl.metrics.daemon_metrics import Metrics
from automl_tl.metrics.machine import Machine
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store

pytestmark = pytest.mark.prometheus
DASHBOARDS = Path(__file__).resolve().parents[3] / "deploy" / "grafana" / "dashboards"
FILLED_IN = {"$__rate_interval": "5m", "$__range": "1h", "$tenant": "default", "$name": "digits"}
ABSENT = {f.full_name for f in FIGURES if f.name.startswith("gpu_")}  # in a machine without GPUs
ZERO = ABSENT | {"automl_tl_events_behind"}  # nobody is behind here


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One that scraped a daemon before and after jobs, failures and refusals."""
    folder = tmp_path_factory.mktemp("watched")
    settings = Settings(home=folder / "home")
    kept = settings.folders.cache / "activations" / "family.segment"
    kept.mkdir(parents=True)
    (kept / "rows").write_bytes(b"1" * 1000)
    store = open_store(settings.folders.store)
    metrics = Metrics(store, machine=Machine(settings))
    metrics.start()
    try:
        with (
            served(app_over(store, settings, metrics=metrics)) as url,
            prometheus_server(folder, target=url.removeprefix("http://")) as prometheus,
        ):
            provoke(store, url)
            metrics.look()
            until(lambda: is_seen(prometheus), what="a scrape of all of it, and rules that heard")
            yield prometheus
    finally:
        metrics.stop()
        store.close()


def provoke(store: Store, url: str) -> None:
    """Jobs that promote, keep, refuse, fail, die and wait."""
    for version, outcome in enumerate((Outcome.PROMOTE, Outcome.KEEP, Outcome.REFUSE), start=1):
        lease = played_job.begin(store)
        played_job.check(store, lease)
        played_job.search(store, lease)
        store.repeat(lease, number=0, reason="its worker died")
        decided = played_job.prove(store, lease, outcome=outcome)
        played_job.finish(store, lease, decided, version=version)
    failing = store.add_job(played_job.request(), tenant="default")
    store.claim(holder="dies", lease_seconds=0.0, job=failing.id)
    lease = store.claim(holder="heir", lease_seconds=60.0, job=failing.id)
    assert lease is not None
    store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="no data")
    store.wish(store.add_job(played_job.request(), tenant="default").id, Wish.CANCEL)
    store.add_job(played_job.request(), tenant="default")
    missed_and_unchanged(store)
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"{url}/nothing")


def missed_and_unchanged(store: Store) -> None:
    """A schedule whose first occurrence went by unseen, and whose second found the same data."""
    first, second, last = (Slot(occurrence=moment, due=moment) for moment in (1000.0, 2000.0, 9e10))
    rule = Rule(cron="0 2 * * *")
    schedule = store.add_schedule(
        tenant="default", name="nightly", rule=rule, request=played_job.request(), slot=first
    )
    missed = Taken(occurrence=1000.0, is_late=True, ending=Ending.MISSED)
    store.take_occurrence(schedule, missed, request=None, after=second)
    schedule = store.schedule(tenant="default", name="nightly")
    unchanged = Taken(occurrence=2000.0, ending=Ending.UNCHANGED)
    store.take_occurrence(schedule, unchanged, request=None, after=last)


def is_seen(prometheus: Prometheus) -> bool:
    return (
        prometheus.value('automl_tl:jobs_finished:increase_6h{state="cancelled"}') not in (None, 0.0)
        and prometheus.value("automl_tl:jobs_failed:ratio_6h") is not None
        and prometheus.value("automl_tl_queue_oldest_wait_seconds") not in (None, 0.0)
        and prometheus.value("automl_tl_schedule_due_timestamp_seconds") is not None
        # Its own scrapes are what it hears most of: a rate wants several.
        and prometheus.value("sum(automl_tl:http_requests:rate_5m)") not in (None, 0.0)
    )


def numbers(prometheus: Prometheus, expression: str) -> list[float]:
    return [float(series["value"][1]) for series in prometheus.query(expression)]


def test_every_figure_is_scraped_and_none_is_unknown(prometheus: Prometheus) -> None:
    names = set(prometheus.ask("label/__name__/values"))
    kinds = {name: [entry["type"] for entry in told] for name, told in prometheus.ask("metadata").items()}

    ours = {name for name in kinds if name.startswith("automl_tl_")}
    # Prometheus names a counter's metadata as it is exposed.
    assert ours == {figure.full_name for figure in FIGURES} - ABSENT
    assert all(kinds[f.full_name] == [str(f.kind)] for f in FIGURES if f.full_name not in ABSENT)
    assert {name for name in names if name.startswith("automl_tl_")} <= {
        f"{name}{ending}" for name in ours for ending in ("", "_bucket", "_count", "_sum")
    }


def test_every_figure_has_a_series_that_is_not_zero(prometheus: Prometheus) -> None:
    silent = set()
    for figure in FIGURES:
        series = f"{figure.full_name}_count" if figure.buckets else figure.full_name
        if not any(numbers(prometheus, series)):
            silent.add(figure.full_name)

    assert silent == ZERO


def test_every_rule_is_sound_and_those_that_record_give_something(prometheus: Prometheus) -> None:
    groups = prometheus.ask("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    assert {rule["health"] for rule in rules} == {"ok"}
    recorded = [rule["name"] for rule in rules if rule["type"] == "recording"]
    assert [name for name in recorded if not numbers(prometheus, name)] == []


def test_every_panel_shows_something(prometheus: Prometheus) -> None:
    empty = set()
    for path in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                expression = target["expr"]
                for placeholder, value in FILLED_IN.items():
                    expression = expression.replace(placeholder, value)
                found = numbers(prometheus, expression)
                if not any(value and math.isfinite(value) for value in found):
                    empty.add(panel["title"])

    assert empty == {"GPUs busy", "GPU memory", "Events not counted yet"}


def test_a_scrape_is_small_and_quick(prometheus: Prometheus) -> None:
    assert prometheus.value("scrape_samples_scraped") < 700
    assert prometheus.value("quantile_over_time(0.5, scrape_duration_seconds[1m])") < 0.5
