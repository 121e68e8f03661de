"""The noun ``models``: names, versions and champions."""

from collections.abc import Mapping
from typing import Any

import click

from automl_tl.champions.loading import loading_lines
from automl_tl.cli.card import model_card
from automl_tl.cli.deletion import delete
from automl_tl.cli.output import Output
from automl_tl.cli.table import between, figure, print_lines, print_prose, print_table, when
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def models() -> None:
    """Names, versions and champions."""


models.add_command(model_card)


@models.command("list")
@_JSON
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Every name and its champion."""
    with models_door(settings) as door:
        found = door.models()
    rows = found["models"]
    assert isinstance(rows, list)
    Output(as_json=as_json).result(found, words=lambda: _print_models(rows))


@models.command()
@click.argument("name")
@click.option("--at", metavar="TIME", help="Who was champion then, such as 2026-11-23T22:00.")
@_JSON
@click.pass_obj
def show(settings: Settings, name: str, at: str | None, as_json: bool) -> None:
    """One name: champion, versions, decisions."""
    with models_door(settings) as door:
        model = door.model(name, at=at)

    def words() -> None:
        if at is None:
            _print_model(model, settings)
        else:
            _print_then(model, at)

    Output(as_json=as_json).result(model, words=words)


@models.command()
@click.argument("name")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why, for those who read the history.")
@_JSON
@click.pass_obj
def promote(settings: Settings, name: str, version: int, reason: str, as_json: bool) -> None:
    """Make VERSION champion whatever the gate said."""
    with models_door(settings) as door:
        model = door.promote(name, version=version, reason=reason)
    Output(as_json=as_json).result(model, words=lambda: _print_standing(model))


@models.command()
@click.argument("name")
@click.option("--reason", default="rolled back by hand", show_default=True)
@_JSON
@click.pass_obj
def rollback(settings: Settings, name: str, reason: str, as_json: bool) -> None:
    """Give NAME back to the champion before, and hold it."""
    with models_door(settings) as door:
        model = door.rollback(name, reason=reason)
    Output(as_json=as_json).result(model, words=lambda: _print_standing(model))


@models.command()
@click.argument("name")
@click.option("--reason", default="held by hand", show_default=True)
@_JSON
@click.pass_obj
def hold(settings: Settings, name: str, reason: str, as_json: bool) -> None:
    """Let nothing be promoted by itself until unhold."""
    with models_door(settings) as door:
        model = door.hold(name, reason=reason)
    Output(as_json=as_json).result(model, words=lambda: _print_standing(model))


@models.command()
@click.argument("name")
@_JSON
@click.pass_obj
def unhold(settings: Settings, name: str, as_json: bool) -> None:
    """Let the gate promote again."""
    with models_door(settings) as door:
        model = door.unhold(name)
    Output(as_json=as_json).result(model, words=lambda: _print_standing(model))


models.add_command(delete)


def _print_models(rows: list[Mapping[str, Any]]) -> None:
    if not rows:
        click.echo("no model yet; automl-tl run DATASET --name NAME makes one")
        return
    columns = ("name", "champion", "metric", "test", "95 % interval", "candidate", "freeze depth", "decided")
    print_table(columns, map(_cells, rows))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    depth = row["freeze_depth"]
    return (
        row["name"],
        _champion(row),
        row["metric"],
        figure(row["test"]),
        between(row["test_interval"]),
        row["candidate"] or "",
        "" if depth is None else str(depth),
        when(row["decided"]) or "",
    )


def _champion(row: Mapping[str, Any]) -> str:
    by_hand = "" if row["moved_by_hand"] is None else " (moved by hand)"
    if row["champion_version"] is not None:
        return f"version {row['champion_version']}{by_hand}"
    if row["test"] is not None:
        return "being registered"
    return f"none{by_hand}" if by_hand else "none yet"


def _print_standing(model: Mapping[str, Any]) -> None:
    click.echo(f"{model['name']}  champion: {_champion(model)}")
    if model["moved_by_hand"] not in (None, model["held"]):
        print_prose(model["moved_by_hand"])
    if model["held"] is not None:
        click.echo(
            f"held ({model['held']}): nothing is promoted until  automl-tl models unhold {model['name']}"
        )


def _print_then(model: Mapping[str, Any], at: str) -> None:
    then = model["champion_at"]
    if then is None or then["kind"] == "retired":
        click.echo(f"{model['name']} had no champion at {at}")
        return
    if then["version"] is None and then["kind"] == "external":
        click.echo(f"{model['name']} had no champion at {at}, since {when(then['time'])} (external)")
        print_prose(then["reason"])
        return
    version = "a version being registered" if then["version"] is None else f"version {then['version']}"
    click.echo(
        f"{version} was champion of {model['name']} at {at}, since {when(then['time'])} ({then['kind']})"
    )
    print_prose(then["reason"])


def _called(version: Mapping[str, Any]) -> str:
    if version["version"] is not None:
        return f"version {version['version']}"
    return "no version" if version["decision"] == "refuse" else "a version being registered"


def _gone(version: Mapping[str, Any]) -> str:
    why = version["gone_why"]
    return "gone from the registry" if why is None else f"deleted {when(version['gone'])}: {why}"


def _print_model(model: Mapping[str, Any], settings: Settings) -> None:
    has_champion = model["test"] is not None
    _print_standing(model)
    if has_champion:
        said = f"{figure(model['test'])} {between(model['test_interval'])} on {model['test_samples']} samples"
        print_lines(
            {
                model["metric"]: said,
                "model": f"{model['candidate']}, freeze depth {model['freeze_depth']}",
                "decided": f"{when(model['decided'])} by {model['promoted_by']}",
            }
        )
    for version in model["versions"]:
        gone = version["gone"]
        said = _called(version) + ("" if gone is None else f" ({_gone(version)})")
        click.echo(f"\n{said}  {version['decision']}  {when(version['time'])}  {version['job']}")
        print_prose(version["reason"])
    if has_champion and settings.url is None:
        click.echo("\nIn Python:")
        click.echo("\n".join(f"  {line}" for line in loading_lines(model["name"], settings)))
