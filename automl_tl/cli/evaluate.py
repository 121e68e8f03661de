"""The noun ``evaluate``: what a served model is worth on labelled files."""

from pathlib import Path

import click

from automl_tl.cli.output import Output
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


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
