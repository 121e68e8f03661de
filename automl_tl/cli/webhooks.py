"""The noun ``webhooks``: addresses that are told of decisions, failures and missed schedules."""

from collections.abc import Mapping
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table, when
from automl_tl.client.client import Client
from automl_tl.domain.webhook import Occasion
from automl_tl.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def webhooks() -> None:
    """Addresses that are told of decisions, failures and missed schedules; asks the daemon."""


@webhooks.command()
@click.argument("url")
@click.option(
    "--on",
    "occasions",
    multiple=True,
    type=click.Choice([str(one) for one in Occasion]),
    help="Of what; may be given more than once (default: all).",
)
@_JSON
@click.pass_obj
def add(settings: Settings, url: str, occasions: tuple[str, ...], as_json: bool) -> None:
    """Tell URL, which the operator must allow (AUTOML_TL_WEBHOOK_URLS), and print the secret that signs."""
    with Client.of(settings) as client:
        made = client.webhooks.add(url, on=occasions or tuple(Occasion))
    words = f"{made['webhook']} tells {made['url']} of {', '.join(made['on'])}\n{made['secret']}"
    Output(as_json=as_json).result(made, words=lambda: click.echo(words))


@webhooks.command("list")
@_JSON
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Every webhook."""
    with Client.of(settings) as client:
        found = client.webhooks.list()
    rows = [
        (one["webhook"], one["url"], ", ".join(one["on"]), when(one["created"]) or "")
        for one in found["webhooks"]
    ]
    Output(as_json=as_json).result(found, words=lambda: print_table(("webhook", "url", "on", "made"), rows))


@webhooks.command()
@click.argument("id")
@_JSON
@click.pass_obj
def show(settings: Settings, id: str, as_json: bool) -> None:
    """One webhook, and how its newest deliveries stand."""
    with Client.of(settings) as client:
        found = client.webhooks.show(id)
    Output(as_json=as_json).result(found, words=lambda: _print_one(found))


@webhooks.command()
@click.argument("id")
@_JSON
@click.pass_obj
def remove(settings: Settings, id: str, as_json: bool) -> None:
    """Tell it nothing more, not even what waits."""
    with Client.of(settings) as client:
        found = client.webhooks.remove(id)
    Output(as_json=as_json).result(found, words=lambda: click.echo(f"{id} is told nothing more"))


def _print_one(found: Mapping[str, Any]) -> None:
    click.echo(f"{found['webhook']} tells {found['url']} of {', '.join(found['on'])}")
    if found["deliveries"]:
        print_table(("event", "tries", "state", "why"), [_cells(sent) for sent in found["deliveries"]])
    else:
        click.echo("there was nothing to tell yet")


def _cells(sent: Mapping[str, Any]) -> tuple[str, ...]:
    if sent["delivered"] is not None:
        state = f"delivered {when(sent['delivered'])}"
    else:
        state = "given up" if sent["due"] is None else f"again {when(sent['due'])}"
    return (str(sent["event"]), str(sent["attempts"]), state, sent["failure"] or "")
