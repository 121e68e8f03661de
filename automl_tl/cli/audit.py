"""The command ``audit``: who did what."""

from dataclasses import asdict
from typing import Any

import click

from automl_tl.cli.elsewhere import require_here
from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table, when
from automl_tl.domain import moment
from automl_tl.domain.audit import Noted, Wanted
from automl_tl.settings import Settings
from automl_tl.wiring.opened_store import opened_store


@click.command()
@click.option("--tenant", help="Only this tenant's.")
@click.option("--who", help="A part of who did it, such as a key's id.")
@click.option("--action", help="A part of what was done, such as promote or keys.")
@click.option("--target", help="A part of what it was done to, such as a job's id or a name.")
@click.option("--since", metavar="TIME", help="ISO 8601, or how long ago, such as 2h.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def audit(settings: Settings, /, since: str | None, limit: int, as_json: bool, **parts: str | None) -> None:
    """Who did what, the newest first; the log is only ever added to."""
    require_here(settings, "audit")
    with opened_store(settings) as store:
        start = None if since is None else moment.since(since, now=store.now())
        found = store.deeds(Wanted(since=start, limit=limit, **parts))
    Output(as_json=as_json).result({"deeds": [_json(noted) for noted in found]}, words=lambda: _print(found))


def _json(noted: Noted) -> dict[str, Any]:
    return {"id": noted.id, "time": noted.time, **asdict(noted.deed), "status": noted.status}


def _print(found: tuple[Noted, ...]) -> None:
    if not found:
        click.echo("nothing was done that these ask for")
        return
    columns = ("time", "tenant", "who", "action", "target", "answer")
    print_table(columns, [_cells(noted) for noted in found])


def _cells(noted: Noted) -> tuple[str, ...]:
    deed = noted.deed
    answer = "" if noted.status is None else f"refused: {noted.status}" if noted.status < 500 else "failed"
    return (when(noted.time) or "", deed.tenant, deed.who, deed.action, deed.target, answer)
