"""The verb ``card`` of ``models`` and ``jobs``: a model's card, to read or to keep."""

from pathlib import Path

import click

from automl_tl.job.card_shelf import CardKind
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

_FORMAT = click.option(
    "--format",
    "kind",
    type=click.Choice([str(kind) for kind in CardKind]),
    help="How it is told (default: as the file's name says, else md).",
)
_TO = click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="Write it here instead of printing it."
)


@click.command("card")
@click.argument("model")
@_FORMAT
@_TO
@click.pass_obj
def model_card(settings: Settings, model: str, kind: str | None, to: Path | None) -> None:
    """Show the model card of NAME[@VERSION]; without a version the champion's."""
    with models_door(settings) as door:
        _give(door.card(model, kind=_format(kind, to)), to)


@click.command("card")
@click.argument("id")
@_FORMAT
@_TO
@click.pass_obj
def job_card(settings: Settings, id: str, kind: str | None, to: Path | None) -> None:
    """Show the model card of a job, whatever was decided."""
    with models_door(settings) as door:
        _give(door.job_card(id, kind=_format(kind, to)), to)


def _format(kind: str | None, to: Path | None) -> str:
    suffix = "" if to is None else to.suffix.removeprefix(".")
    return kind or (suffix if suffix in list(CardKind) else str(CardKind.MARKDOWN))


def _give(text: str, to: Path | None) -> None:
    if to is None:
        click.echo(text.rstrip())
    else:
        to.write_text(text, encoding="utf-8")
        click.echo(f"wrote {to}")
