"""The noun ``schedule``: jobs that the daemon submits again and again, and what became of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from automl_tl.cli.jobs import client
from automl_tl.cli.output import Output
from automl_tl.cli.submission import JOB, submission, with_options
from automl_tl.cli.table import figure, how_long, print_lines, print_prose, print_table
from automl_tl.domain.schedule import WhenMissed, WhenUnchanged
from automl_tl.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_WHEN = (
    click.option("--dataset", required=True, metavar="PATH", help="The dataset, as for submit."),
    click.option("--cron", required=True, metavar="RULE", help="Five fields, such as '0 2 * * *'."),
    click.option("--timezone", metavar="ZONE", help="Such as Europe/Zurich (default: UTC)."),
    click.option("--name", metavar="NAME", help="The model line (default: the schedule's name)."),
    click.option("--jitter", metavar="TIME", help="Start up to this much later, such as 10m (default: 0)."),
    click.option(
        "--when-missed",
        type=click.Choice([str(choice) for choice in WhenMissed]),
        help="No daemon ran at its time: make up for it once (default), or not.",
    ),
    click.option(
        "--when-unchanged",
        type=click.Choice([str(choice) for choice in WhenUnchanged]),
        help="The data are those of the last success: spend nothing (default), or run.",
    ),
    click.option(
        "--blackout",
        "blackouts",
        multiple=True,
        metavar="TIMES",
        help="When nothing starts: 'Mon-Fri 08:00-18:00', 22:00-06:00, 2026-12-24..2027-01-02; repeatable.",
    ),
    click.option("--no-champion", is_flag=True, help="The name's champion is no candidate."),
)


@click.group()
def schedule() -> None:
    """Train again every night: jobs by the clock; asks the daemon."""


def _add_options(command: Any) -> Any:
    return with_options(command, (click.argument("schedule"), *_WHEN, *JOB, _JSON))


@schedule.command()
@_add_options
@click.pass_obj
def add(
    settings: Settings, /, schedule: str, cron: str, no_champion: bool, as_json: bool, **options: Any
) -> None:
    """Submit --dataset whenever --cron says so, as SCHEDULE.

    Data that nobody changed cost nothing. The champion of the night before is one of the candidates.
    """
    options["name"] = options["name"] or schedule
    options["blackouts"] = list(options["blackouts"]) or None
    options["champion"] = "no" if no_champion else None
    daemon = client(settings)
    said = submission(options, from_file=None, is_elsewhere=daemon.is_elsewhere)
    kept = daemon.add_schedule(schedule, cron=cron, **said)
    Output(as_json=as_json).result(kept, words=lambda: _print_schedule(kept))


@schedule.command("list")
@_JSON
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Every schedule and when it runs next."""
    found = client(settings).schedules()
    Output(as_json=as_json).result(found, words=lambda: _print_schedules(found["schedules"]))


@schedule.command()
@click.argument("schedule")
@click.option("--limit", type=int, metavar="N", help="Lines of history (default: 30).")
@_JSON
@click.pass_obj
def show(settings: Settings, schedule: str, limit: int | None, as_json: bool) -> None:
    """One schedule, and what became of each of its occurrences."""
    found = client(settings).schedule(schedule, limit=limit)
    Output(as_json=as_json).result(found, words=lambda: _print_history(found))


@schedule.command()
@click.argument("schedule")
@_JSON
@click.pass_obj
def pause(settings: Settings, schedule: str, as_json: bool) -> None:
    """Let nothing run by itself; a job that runs goes on."""
    found = client(settings).pause_schedule(schedule)
    Output(as_json=as_json).result(found, words=lambda: _print_schedule(found))


@schedule.command()
@click.argument("schedule")
@_JSON
@click.pass_obj
def resume(settings: Settings, schedule: str, as_json: bool) -> None:
    """Go on from now; what went by meanwhile is not made up for."""
    found = client(settings).resume_schedule(schedule)
    Output(as_json=as_json).result(found, words=lambda: _print_schedule(found))


@schedule.command("run-now")
@click.argument("schedule")
@_JSON
@click.pass_obj
def run_now(settings: Settings, schedule: str, as_json: bool) -> None:
    """Queue a job of it now, whatever the data are."""
    found = client(settings).run_schedule_now(schedule)
    words = f"{found['job']} is queued; automl-tl jobs watch {found['job']} follows it"
    Output(as_json=as_json).result(found, words=lambda: click.echo(words))


@schedule.command()
@click.argument("schedule")
@_JSON
@click.pass_obj
def remove(settings: Settings, schedule: str, as_json: bool) -> None:
    """Forget it and its history; the jobs that it started stay."""
    found = client(settings).remove_schedule(schedule)
    Output(as_json=as_json).result(found, words=lambda: click.echo(f"{schedule} is removed; its jobs stay"))


def _print_schedules(rows: list[Mapping[str, Any]]) -> None:
    if not rows:
        click.echo("no schedule yet; automl-tl schedule add NAME --dataset PATH --cron '0 2 * * *' makes one")
        return
    columns = ("schedule", "cron", "timezone", "next", "last success", "dataset")
    print_table(
        columns,
        (
            (r["schedule"], r["cron"], r["timezone"], _next(r), _at(r["last_success"], r) or "", r["dataset"])
            for r in rows
        ),
    )


def _print_schedule(found: Mapping[str, Any]) -> None:
    click.echo(f"{found['schedule']}  {found['cron']}  {found['timezone']}")
    jitter = found["jitter_seconds"]
    print_lines(
        {
            "next": _next(found),
            "last success": _at(found["last_success"], found),
            "dataset": found["dataset"],
            "name": found["name"],
            "jitter": f"up to {how_long(jitter)}" if jitter else None,
            "blackouts": ", ".join(found["blackouts"]) or None,
            "when missed": found["when_missed"],
            "when unchanged": found["when_unchanged"],
        }
    )


def _print_history(found: Mapping[str, Any]) -> None:
    _print_schedule(found)
    if not found["history"]:
        return
    click.echo("")
    columns = ("occurrence", "outcome", "job", "samples", "champion", "test", "gain", "time")
    print_table(columns, (_line(line, found) for line in found["history"]))
    last = found["history"][0]
    if last["reason"]:
        click.echo("")
        print_prose(f"the last: {last['reason']}")


def _line(line: Mapping[str, Any], schedule: Mapping[str, Any]) -> tuple[str, ...]:
    passed = f", {line['passed']} missed before" if line["passed"] else ""
    gain, seconds = line.get("gain"), line.get("seconds")
    return (
        f"{_at(line['occurrence'], schedule)}{' (asked)' if line['asked'] else ''}",
        f"{line['outcome']}{', late' if line.get('late') else ''}{passed}",
        line["job"] or "",
        _samples(line.get("samples")),
        _champion(line),
        figure(line.get("test")),
        "" if gain is None else f"{gain:+.4f}",
        how_long(seconds),
    )


def _samples(changes: Mapping[str, int] | None) -> str:
    if changes is None:
        return ""
    parts = ((changes["added"], "new"), (changes["gone"], "gone"), (changes["relabelled"], "relabelled"))
    return ", ".join(f"{count} {what}" for count, what in parts if count) or "the same"


def _champion(line: Mapping[str, Any]) -> str:
    before, after = line.get("champion_before"), line.get("champion_after")
    if after is None:
        return "" if before is None else str(before)
    return str(after) if before == after else f"{before or 'none'} → {after}"


def _next(found: Mapping[str, Any]) -> str:
    return "paused" if found["paused"] else _at(found["next"], found) or "never again"


def _at(seconds: float | None, schedule: Mapping[str, Any]) -> str | None:
    """A moment by the clock of the schedule's zone, to the minute."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, ZoneInfo(schedule["timezone"])).strftime("%a %Y-%m-%d %H:%M")
