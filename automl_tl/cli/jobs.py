"""The nouns ``submit`` and ``jobs``: everything the queue can be asked."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from automl_tl.cli.output import Output, of_outcome
from automl_tl.cli.story import Story
from automl_tl.cli.submission import submission, submission_options
from automl_tl.cli.summary import print_outcome
from automl_tl.client.client import Client
from automl_tl.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


def client(settings: Settings) -> Client:
    """A client of the daemon on this home; raises NoDaemon."""
    return Client(home=settings.folders.root)


@click.command()
@submission_options
@click.option("--wait", is_flag=True, help="Follow the job to its end.")
@click.pass_obj
def submit(
    settings: Settings,
    /,
    from_file: Path | None,
    fail_unless_promoted: bool,
    as_json: bool,
    wait: bool,
    **options: Any,
) -> int:
    """Queue a dataset with the daemon."""
    output = Output(as_json=as_json)
    daemon = client(settings)
    accepted = daemon.submit(**submission(options, from_file=from_file))
    if not wait:
        output.result(accepted, words=lambda: click.echo(_accepted(accepted)))
        return 0
    output.say(_accepted(accepted))
    outcome = _follow(daemon, str(accepted["job"]), to_stderr=as_json)
    output.result(outcome, words=lambda: print_outcome(outcome))
    return of_outcome(outcome, unless_promoted=fail_unless_promoted)


@click.group()
def jobs() -> None:
    """What is queued, running and done."""


@jobs.command("list")
@_JSON
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """The newest jobs first."""
    found = client(settings).jobs()
    rows = found["jobs"]
    assert isinstance(rows, list)
    Output(as_json=as_json).result(found, words=lambda: _print_table(rows))


@jobs.command()
@click.argument("id")
@_JSON
@click.pass_obj
def show(settings: Settings, id: str, as_json: bool) -> None:
    """One job as it stands."""
    job = client(settings).job(id)
    Output(as_json=as_json).result(job, words=lambda: _print_job(job))


@jobs.command()
@click.argument("id")
@_JSON
@click.pass_obj
def watch(settings: Settings, id: str, as_json: bool) -> int:
    """Follow a job to its end; --json gives one event a line."""
    daemon = client(settings)
    if as_json:
        for event in daemon.events(id):
            click.echo(json.dumps(event, ensure_ascii=False))
        return 0
    outcome = _follow(daemon, id, to_stderr=False)
    print_outcome(outcome)
    return of_outcome(outcome, unless_promoted=False)


@jobs.command()
@click.argument("id")
@click.option("--trial", type=int, metavar="N", help="Only lines about this trial.")
@click.option("--follow", is_flag=True, help="Go on until the job ends.")
@click.pass_obj
def logs(settings: Settings, id: str, trial: int | None, follow: bool) -> None:
    """What the job's runner wrote."""
    for line in client(settings).logs(id, trial=trial, follow=follow):
        click.echo(line)


def _verb(name: str, *, words: str) -> None:
    @jobs.command(name, help=words)
    @click.argument("id")
    @_JSON
    @click.pass_obj
    def move(settings: Settings, id: str, as_json: bool) -> None:
        ask: Callable[[str], Mapping[str, Any]] = getattr(client(settings), name)
        job = ask(id)
        Output(as_json=as_json).result(job, words=lambda: click.echo(f"{id} is {job['state']}"))


for _name, _words in (
    ("cancel", "End a job; what it found so far stays."),
    ("retry", "Queue a failed or cancelled job again."),
    ("pause", "Stop a job at its next step; it keeps what it has."),
    ("resume", "Queue a paused job again."),
):
    _verb(_name, words=_words)


def _follow(daemon: Client, id: str, *, to_stderr: bool) -> Mapping[str, Any]:
    Story(to_stderr=to_stderr).tell(daemon.events(id))
    return daemon.wait(id)


def _accepted(accepted: Mapping[str, Any]) -> str:
    return f"{accepted['job']} is {accepted['state']}, position {accepted.get('position')}"


def _print_table(rows: list[Mapping[str, Any]]) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("job", "name", "state", "phase", "decision", "best", "seconds"):
        table.add_column(column)
    for row in rows:
        best = row.get("best")
        table.add_row(
            row["job"],
            row["name"],
            row["state"],
            row.get("phase") or "",
            row.get("decision") or "",
            "" if best is None else f"{best:.4f}",
            "" if row.get("seconds") is None else f"{row['seconds']:.0f}",
        )
    Console().print(table if rows else "no job yet; automl-tl submit DATASET --name NAME makes one")


def _print_job(job: Mapping[str, Any]) -> None:
    if job["state"] in ("succeeded", "failed", "cancelled") and "trials" in job:
        print_outcome(job)
        return
    for key, value in job.items():
        if value not in (None, [], {}):
            click.echo(f"{key:<12} {value}")
