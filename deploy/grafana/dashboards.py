"""Grafana's dashboards as data: `python deploy/grafana/dashboards.py` writes `dashboards/*.json` again.

Several daemons on one PostgreSQL count the same events, so that what comes from events is never added up over
instances (`max`); what a daemon says of itself keeps its `instance`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from drawing import Dashboard, Panel, drawn

FOLDER = Path(__file__).parent / "dashboards"


def one(title: str, query: str, legend: str = "", /, **more: Any) -> Panel:
    """A panel of one query."""
    return Panel(title=title, queries=((query, legend),), **more)


def increase(name: str, *, by: str = "") -> str:
    """What a counter of events counted in each interval."""
    grouped = f" by ({by})" if by else ""
    return f"max{grouped} (increase(automl_tl_{name}_total[$__rate_interval]))"


def quantile(share: float, name: str, *, by: str = "") -> str:
    """A quantile of a histogram of events."""
    labels = f"{by}, le" if by else "le"
    return (
        f"histogram_quantile({share}, max by ({labels}) "
        f"(increase(automl_tl_{name}_bucket[$__rate_interval])))"
    )


FLEET = Dashboard(
    uid="automl-tl-fleet",
    title="automl-tl: fleet",
    panels=(
        one("Version", "automl_tl_info", "{{version}}", kind="stat", text="name"),
        one("Jobs by state", "automl_tl:jobs:state", "{{state}}", stacked=True),
        one("Longest wait in the queue", "max(automl_tl_queue_oldest_wait_seconds)", "waits", unit="s"),
        Panel(
            title="Queue wait",
            unit="s",
            queries=(
                (quantile(0.5, "queue_wait_seconds"), "median"),
                ("automl_tl:queue_wait_seconds:p90_1h", "9 of 10, last hour"),
            ),
        ),
        one("Jobs ended", increase("jobs_finished", by="state"), "{{state}}", stacked=True),
        Panel(
            title="Job duration",
            unit="s",
            queries=(
                ("automl_tl:job_duration_seconds:p50_1d", "median, last day"),
                (quantile(0.9, "job_duration_seconds"), "9 of 10"),
            ),
        ),
        one(
            "Phases, mean stay",
            "max by (phase) (increase(automl_tl_phase_duration_seconds_sum[$__rate_interval])) "
            "/ max by (phase) (increase(automl_tl_phase_duration_seconds_count[$__rate_interval]))",
            "{{phase}}",
            unit="s",
        ),
        one("Budget used, median", quantile(0.5, "budget_use_ratio"), "of the budget", unit="percentunit"),
        one(
            "Since the last progress",
            "time() - max(automl_tl_last_progress_timestamp_seconds)",
            "any job",
            unit="s",
        ),
        Panel(
            title="Deaths",
            queries=(
                (increase("workers_lost"), "workers lost"),
                (increase("runner_restarts"), "runners started anew"),
            ),
        ),
        one(
            "Memory of the daemon's processes",
            "automl_tl_memory_bytes",
            "{{instance}} {{process}}",
            unit="bytes",
            stacked=True,
        ),
        Panel(
            title="Schedules' occurrences",
            queries=(
                (increase("schedules_missed"), "missed"),
                (increase("schedules_unchanged"), "data unchanged"),
            ),
        ),
        one(
            "Since a schedule's last success",
            "time() - max by (tenant, schedule) (automl_tl_schedule_last_success_timestamp_seconds)",
            "{{schedule}}",
            unit="s",
        ),
        one(
            "Until a schedule's next run",
            "max by (tenant, schedule) (automl_tl_schedule_due_timestamp_seconds) - time()",
            "{{schedule}}",
            unit="s",
        ),
        one("Memory left", "automl_tl_machine_memory_free_bytes", "{{instance}}", unit="bytes"),
        one("GPUs busy", "automl_tl_gpu_busy_ratio", "{{instance}} GPU {{gpu}}", unit="percentunit"),
        Panel(
            title="GPU memory",
            unit="bytes",
            queries=(
                ("automl_tl_gpu_memory_used_bytes", "{{instance}} GPU {{gpu}}"),
                ("automl_tl_gpu_memory_size_bytes", "{{instance}} GPU {{gpu}}, all"),
            ),
        ),
        Panel(
            title="Disk of the home",
            unit="bytes",
            queries=(
                ("automl_tl_disk_free_bytes", "{{instance}} free"),
                ("automl_tl_disk_size_bytes", "{{instance}} all"),
            ),
        ),
        Panel(
            title="Caches",
            unit="bytes",
            queries=(
                ("automl_tl_cache_bytes", "{{instance}} {{cache}}"),
                ("automl_tl_cache_limit_bytes", "{{instance}} {{cache}}, limit"),
            ),
        ),
        one(
            "Store, 99 of 100 accesses",
            "automl_tl:store_access_seconds:p99_5m",
            "{{instance}} {{access}}",
            unit="s",
        ),
        one("Events not counted yet", "automl_tl_events_behind", "{{instance}}"),
        one(
            "HTTP answers a second",
            "automl_tl:http_requests:rate_5m",
            "{{instance}} {{status}}",
            unit="reqps",
            stacked=True,
        ),
        one(
            "HTTP, 95 of 100 answers",
            "histogram_quantile(0.95, sum by (room, le) "
            "(rate(automl_tl_http_request_duration_seconds_bucket[$__rate_interval])))",
            "{{room}}",
            unit="s",
        ),
    ),
)

_OF_NAME = '{tenant="$tenant", name="$name"}'
MODEL = Dashboard(
    uid="automl-tl-model",
    title="automl-tl: one model",
    since="now-30d",
    variables=(
        ("tenant", "automl_tl_last_success_timestamp_seconds"),
        ("name", "automl_tl_last_success_timestamp_seconds"),
    ),
    panels=(
        Panel(
            title="Champion over time",
            unit="none",
            queries=(
                (f"max(automl_tl_champion_value{_OF_NAME})", "champion, on its sealed test"),
                (f"max(automl_tl_best_value{_OF_NAME})", "newest job's best, on validation"),
            ),
        ),
        one(
            "Present champion",
            f"max(automl_tl_champion_value{_OF_NAME})",
            "on its sealed test",
            kind="stat",
            unit="none",
        ),
        one(
            "Champion since",
            f"time() - max(automl_tl_champion_timestamp_seconds{_OF_NAME})",
            "age",
            kind="stat",
            unit="s",
        ),
        one(
            "Since the last job that succeeded",
            f"time() - max(automl_tl_last_success_timestamp_seconds{_OF_NAME})",
            "last success",
            kind="stat",
            unit="s",
        ),
        one(
            "Champions in the range",
            f"max(changes(automl_tl_champion_timestamp_seconds{_OF_NAME}[$__range])) + 1",
            "champions",
            kind="stat",
        ),
        one(
            "What the gate decided, all names",
            increase("gate_decisions", by="outcome"),
            "{{outcome}}",
            stacked=True,
        ),
        one("Moves of champions, all names", increase("promotions", by="kind"), "{{kind}}", stacked=True),
        one("Openings of sealed tests, all names", increase("test_openings"), "openings"),
    ),
)

SEARCHES = Dashboard(
    uid="automl-tl-searches",
    title="automl-tl: searches and cost",
    panels=(
        Panel(
            title="Candidates",
            queries=(
                (increase("candidates_scored"), "scored"),
                (increase("candidates_left_out"), "left out"),
            ),
        ),
        one("Trials ended", increase("trials", by="outcome"), "{{outcome}}", stacked=True),
        one("Evaluations by rung", increase("evaluations", by="rung"), "rung {{rung}}", stacked=True),
        one("Pruned after", increase("prunes", by="rung"), "rung {{rung}}", stacked=True),
        one(
            "Samples a second, while training",
            f"{increase('training_samples')} / {increase('training_seconds')}",
            "one worker",
        ),
        Panel(
            title="Forward passes of a whole backbone",
            queries=(
                (increase("forward_passes_saved"), "read, not computed"),
                (increase("forward_passes_spent"), "made to be kept"),
            ),
        ),
        one("Cache hits, last hour", "automl_tl:cache_hits:ratio_1h", "of the samples", unit="percentunit"),
        Panel(
            title="Cache, samples",
            stacked=True,
            queries=((increase("cache_hits"), "there"), (increase("cache_misses"), "not there")),
        ),
        one("Activations evicted", increase("cache_evicted_bytes"), "bytes", unit="bytes"),
        Panel(
            title="Seconds spent",
            unit="s",
            queries=(
                (increase("job_seconds"), "runners"),
                (increase("evaluation_seconds"), "workers, evaluations"),
                (increase("training_seconds"), "workers, training alone"),
            ),
        ),
        one(
            "Workers' hours in the range",
            "max(increase(automl_tl_evaluation_seconds_total[$__range])) / 3600",
            "hours",
            kind="stat",
            unit="h",
        ),
        one("Trials failed, last hour", "automl_tl:trials_failed:ratio_1h", "of all", unit="percentunit"),
        one("Jobs failed, last six hours", "automl_tl:jobs_failed:ratio_6h", "of all", unit="percentunit"),
    ),
)

DASHBOARDS = (FLEET, MODEL, SEARCHES)


def write(folder: Path) -> None:
    """Every dashboard as a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for dashboard in DASHBOARDS:
        text = json.dumps(drawn(dashboard), indent=1, ensure_ascii=False)
        (folder / f"{dashboard.uid.removeprefix('automl-tl-')}.json").write_text(text + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
