"""The noun ``quota``: how much of the machine each tenant may have."""

from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import how_long, print_table
from automl_tl.domain import duration
from automl_tl.domain.job import NAME
from automl_tl.domain.queue import Standing
from automl_tl.domain.quota import Quota
from automl_tl.errors import RequestError
from automl_tl.settings import Settings
from automl_tl.wiring.opened_store import opened_store
from automl_tl.wiring.person import person

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def quota() -> None:
    """What a tenant's jobs may take; granted here, on the daemon's own machine."""


@quota.command("list")
@_JSON
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Every tenant: its quota, and what it has of it now."""
    with opened_store(settings) as store:
        standings = store.front(quota=settings.quota).standings
    found = [_json(tenant, standing) for tenant, standing in standings.items()]
    Output(as_json=as_json).result({"tenants": found}, words=lambda: _print(found))


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
    if not NAME.fullmatch(tenant):
        raise RequestError(
            f"tenant {tenant[:100]!r}: expected 1 to 63 of a-z, 0-9, _ and -, the first a letter or a digit"
        )
    granted = Quota(running_jobs=running_jobs, compute_seconds=_seconds(compute_seconds))
    with opened_store(settings) as store:
        store.grant(granted, tenant=tenant, who=person())
        standing = store.front(quota=settings.quota).standing(tenant)
    found = _json(tenant, standing)
    Output(as_json=as_json).result(found, words=lambda: _print([found]))


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else duration.seconds(text)
    except ValueError as error:
        raise RequestError(f"--compute-seconds: {error}") from None


def _json(tenant: str, standing: Standing) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "running_jobs": standing.quota.running_jobs,
        "compute_seconds": standing.quota.compute_seconds,
        "running": standing.running,
        "used_seconds": None if standing.quota.compute_seconds is None else standing.seconds,
    }


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
