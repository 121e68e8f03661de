"""The verb ``export``: a model as files that other programs read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_lines
from automl_tl.domain.export import TOLERANCE, ExportFormat
from automl_tl.domain.prediction import CHAMPION
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door


@click.command()
@click.argument("model")
@click.option(
    "--format",
    "form",
    type=click.Choice([str(form) for form in ExportFormat]),
    default=str(ExportFormat.SAFETENSORS),
    show_default=True,
    help="The saved model itself, or an ONNX graph.",
)
@click.option(
    "--to", required=True, type=click.Path(path_type=Path), metavar="DIR", help="A new or an empty folder."
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0.0),
    default=TOLERANCE,
    show_default=True,
    help="How far a probability of the ONNX graph may be from torch's.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def export(settings: Settings, model: str, form: str, to: Path, tolerance: float, as_json: bool) -> None:
    """Write NAME[@ALIAS|@VERSION] as files into DIR.

    An ONNX graph is asked beside torch before anything is written, about the model's example and random
    pictures in several batch sizes, and both are timed on one picture.
    """
    name, _, alias = model.partition("@")
    folder = to.expanduser().absolute()
    with models_door(settings) as door:
        found = door.export(name, to=folder, form=form, alias=alias or CHAMPION, tolerance=tolerance)
    said = {**found, "folder": str(to)}
    Output(as_json=as_json).result(said, words=lambda: _print(said))


def _print(said: Mapping[str, Any]) -> None:
    click.echo(f"version {said['version']} of {said['name']} is in {said['folder']}")
    lines = {"files": ", ".join(said["files"])}
    if "parity" in said:
        parity, latency = said["parity"], said["latency"]
        lines["against torch"] = (
            f"{parity['largest_difference']:.1e} apart at most in a probability ({parity['tolerance']:.0e}"
            f" allowed), on {parity['pictures']} pictures in batches of"
            f" {', '.join(map(str, parity['batch_sizes']))}"
        )
        lines["one picture"] = (
            f"onnxruntime {latency['onnxruntime_milliseconds']:.2f} ms, torch"
            f" {latency['torch_milliseconds']:.2f} ms (medians, on one thread)"
        )
    print_lines(lines)
