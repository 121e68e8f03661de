"""The noun ``quota``: how much of the machine each tenant may have."""

from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import how_long, print_table
from automl_tl.domain import duration
from automl_tl.errors import RequestError
from automl_tl.settings import Settings
from automl_tl.wiring.access import opened_access

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def quota() -> None:
    """What a tenant's jobs may take: of this home's daemon, or with --url of one elsewhere."""


@quota.command("list")
@_JSON
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Every tenant (of another's daemon your own): its quota, and what it has of it now."""
    with opened_access(settings) as access:
        found = access.quotas()
    Output(as_json=as_json).result(found, words=lambda: _print(found["tenants"]))


@quota.command("set")
@click.argument("tenant")
@click.option("--running-jobs", type=click.IntRange(min=0), metavar="N", help="At once; 0: none begins.")
@click.option("--compute-seconds", metavar="TIME", help="Of its jobs in 24 hours, such as 90s, 30m or 8h.")
@_JSON
@click.pass_obj
def set_(
    settings: Settings, tenant: str, running_jobs: int | None, compute_seconds: str | None, as_json: bool
) -> None:
    """Grant a tenant a quota of its own; what is not said is as the settings say.

    It keeps the tenant's next jobs from beginning, and stops none that runs.
    """
    seconds = _seconds(compute_seconds)
    with opened_access(settings) as access:
        found = access.set_quota(tenant, running_jobs=running_jobs, compute_seconds=seconds)
    Output(as_json=as_json).result(found, words=lambda: _print([found]))


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else duration.seconds(text)
    except ValueError as error:
        raise RequestError(f"--compute-seconds: {error}") from None


def _print(found: list[dict[str, Any]]) -> None:
    if not found:
        click.echo("no tenant yet; the first job or key makes one")
        return
    print_table(("tenant", "running jobs", "compute in 24 hours"), map(_cells, found))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    most, seconds = row["running_jobs"], row["compute_seconds"]
    running = f"{row['running']} of {'any number' if most is None else most}"
    used = "unbounded" if seconds is None else f"{how_long(row['used_seconds'])} of {how_long(seconds)}"
    return row["tenant"], running, used
