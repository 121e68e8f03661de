"""The noun ``keys``: who may ask the daemon beside this machine's owner."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table, when
from automl_tl.domain import duration
from automl_tl.domain.api_key import ApiKey, new_key, read_key
from automl_tl.domain.caller import Role
from automl_tl.domain.job import DEFAULT_TENANT, NAME
from automl_tl.errors import RequestError
from automl_tl.settings import Settings
from automl_tl.wiring.opened_store import opened_store
from automl_tl.wiring.person import person

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def keys() -> None:
    """API keys: made, listed and revoked here, on the daemon's own machine."""


@keys.command()
@click.option(
    "--tenant", default=DEFAULT_TENANT, show_default=True, help="Whose jobs, names and data the key sees."
)
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
    settings: Settings, tenant: str, role: str, label: str, expires: str | None, as_json: bool
) -> None:
    """Make a key and print it; it is shown this once, for only a digest of it is kept."""
    if not NAME.fullmatch(tenant):
        raise RequestError(
            f"tenant {tenant[:100]!r}: expected 1 to 63 of a-z, 0-9, _ and -, the first a letter or a digit"
        )
    text = new_key()
    shown = read_key(text)
    assert shown is not None
    with opened_store(settings) as store:
        until = None if expires is None else store.now() + _seconds(expires)
        made = store.add_key(
            shown, tenant=tenant, role=Role(role), label=label or role, expires=until, who=person()
        )
    value = {**_json(made), "key": text}
    Output(as_json=as_json).result(value, words=lambda: _print_made(made, text))


@keys.command("list")
@click.option("--tenant", help="Only this tenant's.")
@_JSON
@click.pass_obj
def list_(settings: Settings, tenant: str | None, as_json: bool) -> None:
    """Every key, without its secret."""
    with opened_store(settings) as store:
        found, now = store.api_keys(tenant=tenant), store.now()
    Output(as_json=as_json).result(
        {"keys": [_json(key) for key in found]}, words=lambda: _print_keys(found, now=now)
    )


@keys.command()
@click.argument("id")
@_JSON
@click.pass_obj
def revoke(settings: Settings, id: str, as_json: bool) -> None:
    """Let a key open nothing any more, from its next request on; its page sessions end with it."""
    with opened_store(settings) as store:
        found = store.revoke_key(id, who=person())
    words = f"{found.id} of {found.tenant} ({found.label}) opens nothing any more"
    Output(as_json=as_json).result(_json(found), words=lambda: click.echo(words))


def _seconds(text: str) -> float:
    try:
        return duration.seconds(text)
    except ValueError as error:
        raise RequestError(f"--expires: {error}") from None


def _json(key: ApiKey) -> dict[str, Any]:
    return {**asdict(key), "role": str(key.role)}


def _print_made(made: ApiKey, text: str) -> None:
    click.echo(text)
    until = "" if made.expires is None else f", until {datetime.fromtimestamp(made.expires, UTC):%Y-%m-%d}"
    click.echo(f"  {made.role} of {made.tenant}{until}; it is not shown again", err=True)


def _print_keys(found: tuple[ApiKey, ...], *, now: float) -> None:
    if not found:
        click.echo("no key yet; automl-tl keys create --tenant TENANT --role ROLE makes one")
        return
    columns = ("id", "tenant", "role", "label", "made", "opens")
    print_table(columns, [_cells(key, now=now) for key in found])


def _cells(key: ApiKey, *, now: float) -> tuple[str, ...]:
    if key.revoked is not None:
        opens = "nothing: revoked"
    elif not key.opens(now=now):
        opens = "nothing: out of date"
    else:
        opens = "always" if key.expires is None else f"until {when(key.expires)}"
    return (key.id, key.tenant, str(key.role), key.label, when(key.created) or "", opens)
