"""The noun ``data``: look at a dataset before money is spent on it."""

from dataclasses import asdict
from pathlib import Path

import click

from automl_tl.cli.output import Exit, Output
from automl_tl.cli.table import print_markdown
from automl_tl.domain.dataset import DatasetSource, OnLeak, Verdict
from automl_tl.errors import DatasetRefused
from automl_tl.settings import Settings
from automl_tl.wiring.check import check_dataset


@click.group()
def data() -> None:
    """Look at a dataset before time is spent on it."""


@data.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--on-leak", type=click.Choice([str(choice) for choice in OnLeak]), default="drop-train")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def check(settings: Settings, dataset: Path, on_leak: str, as_json: bool) -> int:
    """Read a dataset and say what was found; nothing is trained."""
    source = DatasetSource(path=str(dataset.expanduser().absolute()), on_leak=OnLeak(on_leak))
    report, text = check_dataset(source, settings)
    is_refused = report.verdict is Verdict.REFUSED
    error = {"title": DatasetRefused.title, "detail": report.notes[0] if report.notes else "see the report"}
    value = {**asdict(report), **({"error": error} if is_refused else {})}
    Output(as_json=as_json).result(value, words=lambda: print_markdown(text))
    return Exit.USAGE if is_refused else Exit.DONE
