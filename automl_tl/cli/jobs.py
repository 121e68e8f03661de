"""The nouns ``submit`` and ``jobs``: everything the queue can be asked."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.card import job_card
from automl_tl.cli.elsewhere import require_here
from automl_tl.cli.output import Output, of_outcome
from automl_tl.cli.plan import print_plan
from automl_tl.cli.story import Story
from automl_tl.cli.submission import submission, submission_options
from automl_tl.cli.summary import print_job, print_outcome, where
from automl_tl.cli.table import figure, how_long, print_prose, print_table, when
from automl_tl.client.client import Client
from automl_tl.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


def client(settings: Settings) -> Client:
    """A client of the daemon on this home, or of the one elsewhere that was named; raises NoDaemon."""
    return Client.of(settings)


@click.command()
@submission_options
@click.option("--upload", is_flag=True, help="Send DATASET, an archive or a table of this machine, first.")
@click.option("--wait", is_flag=True, help="Follow the job to its end.")
@click.option(
    "--idempotency-key", metavar="KEY", help="Asked again with the same, the answer is the same job."
)
@click.pass_obj
def submit(
    settings: Settings,
    /,
    from_file: Path | None,
    plan: bool,
    fail_unless_promoted: bool,
    as_json: bool,
    upload: bool,
    wait: bool,
    idempotency_key: str | None,
    **options: Any,
) -> int:
    """Queue a dataset with the daemon.

    DATASET is a folder of class folders, a table (CSV, TSV, lines of JSON, Parquet), a folder with tables
    called train and test, or a zip or tar archive of any. A daemon elsewhere (--url) reads its own machine's
    paths: there DATASET is an absolute one, or sent with --upload.
    """
    output = Output(as_json=as_json)
    daemon = client(settings)
    if upload:
        options["dataset"] = daemon.upload(options["dataset"] or "")["dataset"]
    said = submission(options, from_file=from_file, is_elsewhere=daemon.is_elsewhere)
    if plan:
        found = daemon.plan(**said)
        output.result(found, words=lambda: print_plan(found))
        return 0
    accepted = daemon.submit(idempotency_key=idempotency_key, **said)
    if not wait:
        output.result(accepted, words=lambda: click.echo(_accepted(accepted)))
        return 0
    output.say(_accepted(accepted))
    outcome = _follow(daemon, str(accepted["job"]), to_stderr=as_json)
    output.result(outcome, words=lambda: print_outcome(outcome))
    return of_outcome(outcome, unless_promoted=fail_unless_promoted)


@click.group()
def jobs() -> None:
    """What is queued, running and done; asks the daemon."""


jobs.add_command(job_card)


@jobs.command("list")
@click.option("--name", metavar="NAME", help="Only jobs of this name.")
@click.option("--before", metavar="ID", help="Only jobs older than this one.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@_JSON
@click.pass_obj
def list_(settings: Settings, name: str | None, before: str | None, limit: int, as_json: bool) -> None:
    """The newest jobs first."""
    found = client(settings).jobs(name=name, before=before, limit=limit)
    rows = found["jobs"]
    assert isinstance(rows, list)
    Output(as_json=as_json).result(found, words=lambda: _print_jobs(rows))


@jobs.command()
@click.argument("id")
@click.option(
    "--export-study",
    "study",
    metavar="URL",
    help="Write its trials as an Optuna study too, such as sqlite:///study.sqlite3, for optuna-dashboard.",
)
@_JSON
@click.pass_obj
def show(settings: Settings, id: str, study: str | None, as_json: bool) -> None:
    """One job as it stands."""
    daemon = client(settings)
    job = daemon.job(id)
    Output(as_json=as_json).result(job, words=lambda: print_job(job))
    if study is None:
        return
    from automl_tl.search.study_export import export_study  # optuna and its database: a second

    trials = daemon.trials(id)["trials"]
    count = export_study(job, trials, url=study)
    click.echo(f"{count} trials are in the study {id}: optuna-dashboard {study}", err=as_json)


@jobs.command()
@click.argument("id")
@click.option(
    "--to", required=True, type=click.Path(path_type=Path), metavar="DIR", help="A new or an empty folder."
)
@_JSON
@click.pass_obj
def export(settings: Settings, id: str, to: Path, as_json: bool) -> None:
    """Write a job's best answer so far into DIR, unproven; also of a job that was cancelled.

    It is a saved model like any other, but no sealed test has judged it and its probabilities are not
    calibrated. What was proven and registered is exported by automl-tl export NAME.
    """
    require_here(settings, "jobs export")
    from automl_tl.wiring.unproven import export_unproven  # torch: seconds

    found = export_unproven(id, settings, to=to.expanduser().absolute())
    Output(as_json=as_json).result(
        {**found, "folder": str(to)},
        words=lambda: click.echo(
            f"trial {found['trial']} of {id} ({found['candidate']}, {found['validation']:.4f} on validation)"
            f" is in {to}; it is UNPROVEN"
        ),
    )


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
@click.option("--json", "as_json", is_flag=True, help="One JSON object; with --follow, one a line.")
@click.pass_obj
def logs(settings: Settings, id: str, trial: int | None, follow: bool, as_json: bool) -> None:
    """What the job's runner wrote."""
    lines = client(settings).logs(id, trial=trial, follow=follow)
    if as_json and not follow:
        click.echo(json.dumps({"lines": list(lines)}, ensure_ascii=False))
        return
    for line in lines:
        click.echo(json.dumps({"line": line}, ensure_ascii=False) if as_json else line)


def _verb(name: str, *, words: str) -> None:
    @jobs.command(name, help=words)
    @click.argument("id")
    @_JSON
    @click.pass_obj
    def move(settings: Settings, id: str, as_json: bool) -> None:
        ask: Callable[[str], Mapping[str, Any]] = getattr(client(settings), name)
        job = ask(id)
        Output(as_json=as_json).result(job, words=lambda: click.echo(_moved(job)))


@jobs.command()
@click.argument("id")
@click.option("--discard", is_flag=True, help="Keep nothing of what it found.")
@_JSON
@click.pass_obj
def cancel(settings: Settings, id: str, discard: bool, as_json: bool) -> None:
    """End a job; what it found so far stays, unless --discard."""
    job = client(settings).cancel(id, discard=discard)
    Output(as_json=as_json).result(job, words=lambda: click.echo(_moved(job)))


for _name, _words in (
    ("retry", "Queue a failed or cancelled job again."),
    ("pause", "Stop a job at its next step; it keeps what it has."),
    ("resume", "Queue a paused job again."),
):
    _verb(_name, words=_words)


def _moved(job: Mapping[str, Any]) -> str:
    wished = f", {job['wish']} wished: it obeys at its next step" if job.get("wish") else ""
    return f"{job['job']} is {job['state']}{wished}"


def _follow(daemon: Client, id: str, *, to_stderr: bool) -> Mapping[str, Any]:
    budget = daemon.job(id)["budget"]["seconds"]
    Story(to_stderr=to_stderr, budget_seconds=budget).tell(daemon.events(id))
    return daemon.wait(id)


def _accepted(accepted: Mapping[str, Any]) -> str:
    queued = f"number {accepted['position']} in the queue" if accepted.get("position") else accepted["state"]
    return f"{accepted['job']} is {queued}"


def _print_jobs(rows: list[Mapping[str, Any]]) -> None:
    if not rows:
        click.echo("no job yet; automl-tl submit DATASET --name NAME makes one")
        return
    columns = ("job", "name", "state", "decision", "best", "test", "trials", "time", "submitted")
    print_table(columns, map(_cells, rows))
    for row in rows:
        if row["state"] == "failed":
            click.echo(f"\n{row['job']} failed:")
            print_prose(row["reason"] or "no reason was kept")


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    has_begun = row["started"] is not None
    return (
        row["job"],
        row["name"],
        where(row),
        row["decision"] or "",
        figure(row["best"]),
        figure(row["test"]),
        str(row["trials"]) if has_begun else "",
        how_long(row["seconds"]) if has_begun else "",
        when(row["created"]) or "",
    )
