"""The noun ``keys``: who may ask the daemon beside this machine's owner."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table, when
from automl_tl.domain.caller import Role
from automl_tl.settings import Settings
from automl_tl.wiring.access import opened_access

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def keys() -> None:
    """API keys: of this home's daemon, or with --url an admin's of one elsewhere."""


@keys.command()
@click.option("--tenant", help="Whose jobs, names and data the key sees (default: your own).")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    required=True,
    help="viewer: sees and predicts; submitter: submits and stops jobs too; admin: promotes and deletes too.",
)
@click.option("--label", default="", help="What it is for; shown in the audit log.")
@click.option(
    "--expires", metavar="DURATION", help="How long it opens anything, such as 90d (default: always)."
)
@_JSON
@click.pass_obj
def create(
    settings: Settings, tenant: str | None, role: str, label: str, expires: str | None, as_json: bool
) -> None:
    """Make a key and print it; it is shown this once, for only a digest of it is kept."""
    with opened_access(settings) as access:
        made = access.make_key(role=role, tenant=tenant, label=label, expires=expires)
    Output(as_json=as_json).result(made, words=lambda: _print_made(made))


@keys.command("list")
@click.option("--tenant", help="Only this tenant's.")
@_JSON
@click.pass_obj
def list_(settings: Settings, tenant: str | None, as_json: bool) -> None:
    """Every key, without its secret."""
    with opened_access(settings) as access:
        found = access.keys(tenant=tenant)
    Output(as_json=as_json).result(found, words=lambda: _print_keys(found["keys"], now=time.time()))


@keys.command()
@click.argument("id")
@_JSON
@click.pass_obj
def revoke(settings: Settings, id: str, as_json: bool) -> None:
    """Let a key open nothing any more, from its next request on; its page sessions end with it."""
    with opened_access(settings) as access:
        found = access.revoke_key(id)
    words = f"{found['id']} of {found['tenant']} ({found['label']}) opens nothing any more"
    Output(as_json=as_json).result(found, words=lambda: click.echo(words))


def _print_made(made: Mapping[str, Any]) -> None:
    click.echo(made["key"])
    expires = made["expires"]
    until = "" if expires is None else f", until {datetime.fromtimestamp(expires, UTC):%Y-%m-%d}"
    click.echo(f"  {made['role']} of {made['tenant']}{until}; it is not shown again", err=True)


def _print_keys(found: Sequence[Mapping[str, Any]], *, now: float) -> None:
    if not found:
        click.echo("no key yet; automl-tl keys create --tenant TENANT --role ROLE makes one")
        return
    columns = ("id", "tenant", "role", "label", "made", "opens")
    print_table(columns, [_cells(key, now=now) for key in found])


def _cells(key: Mapping[str, Any], *, now: float) -> tuple[str, ...]:
    expires = key["expires"]
    if key["revoked"] is not None:
        opens = "nothing: revoked"
    elif expires is not None and now >= expires:
        opens = "nothing: out of date"
    else:
        opens = "always" if expires is None else f"until {when(expires)}"
    return (key["id"], key["tenant"], key["role"], key["label"], when(key["created"]) or "", opens)
