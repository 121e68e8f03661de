"""The nouns ``models``, ``predict`` and ``evaluate``: what is served, and what it says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from automl_tl.cli.output import Output
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def models() -> None:
    """Names, versions and champions."""


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
@_JSON
@click.pass_obj
def show(settings: Settings, name: str, as_json: bool) -> None:
    """One name: champion, versions, decisions."""
    with models_door(settings) as door:
        model = door.model(name)
    Output(as_json=as_json).result(model, words=lambda: _print_model(model))


@click.command()
@click.argument("model")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@_JSON
@click.pass_obj
def predict(settings: Settings, model: str, inputs: tuple[Path, ...], as_json: bool) -> None:
    """Predict with NAME[@ALIAS] on files or folders."""
    name, _, alias = model.partition("@")
    with models_door(settings) as door:
        found = door.predict(name, inputs, alias=alias or "champion")

    def words() -> None:
        for row in found["predictions"]:
            click.echo(f"{row['label']:<20} {row['probability']:.4f}  {row['input']}")

    Output(as_json=as_json).result(found, words=words)


@click.command()
@click.argument("model")
@click.argument("dataset", type=click.Path(path_type=Path))
@_JSON
@click.pass_obj
def evaluate(settings: Settings, model: str, dataset: Path, as_json: bool) -> None:
    """Measure NAME[@ALIAS] on a labelled dataset of one's own."""
    name, _, alias = model.partition("@")
    with models_door(settings) as door:
        found = door.evaluate(name, dataset, alias=alias or "champion")

    def words() -> None:
        low, high = found["interval"]
        click.echo(
            f"{found['metric']} {found['value']:.4f} ({low:.4f} to {high:.4f}), {found['samples']} samples"
        )

    Output(as_json=as_json).result(found, words=words)


def _print_models(rows: list[Mapping[str, Any]]) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("name", "champion_version", "metric", "test"):
        table.add_column(column)
    for row in rows:
        test = row.get("test")
        version = row.get("champion_version")
        table.add_row(
            row["name"],
            "none yet" if version is None else str(version),
            row["metric"],
            "" if test is None else f"{test:.4f}",
        )
    Console().print(table if rows else "no model yet")


def _print_model(model: Mapping[str, Any]) -> None:
    click.echo(f"{model['name']}  metric {model['metric']}  champion version {model.get('champion_version')}")
    for version in model.get("versions", []):
        click.echo(f"  version {version['version']}  {version['decision']:<8} {version['reason']}")
