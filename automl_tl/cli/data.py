"""The noun ``data``: look at a dataset before money is spent on it."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.elsewhere import require_no_url
from automl_tl.cli.output import Exit, Output
from automl_tl.cli.submission import column_options, columns_of
from automl_tl.cli.table import print_markdown, print_prose
from automl_tl.client.client import SHA256
from automl_tl.domain.dataset import DatasetSource, OnLeak, Verdict
from automl_tl.errors import DatasetRefused
from automl_tl.settings import Settings
from automl_tl.wiring.check import check_dataset
from automl_tl.wiring.door import models_door
from automl_tl.wiring.person import person


@click.group()
def data() -> None:
    """Look at a dataset before time is spent on it."""


@data.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--on-leak", type=click.Choice([str(choice) for choice in OnLeak]), default="drop-train")
@column_options
@click.option(
    "--dataset-name", metavar="NAME", help="As its next job would: splits kept, and what changed is told."
)
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder that gets the report, and the whole lists of what was left out and of near copies.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def check(
    context: click.Context,
    /,
    dataset: Path,
    on_leak: str,
    dataset_name: str | None,
    folder: Path | None,
    as_json: bool,
    **columns: str | None,
) -> int:
    """Read a dataset and say what was found; nothing is trained."""
    require_no_url(context, "data check")
    source = DatasetSource(
        path=str(dataset.expanduser().absolute()), columns=columns_of(columns), on_leak=OnLeak(on_leak)
    )
    report, text = check_dataset(source, context.obj, into=folder, dataset_name=dataset_name)
    is_refused = report.verdict is Verdict.REFUSED
    error = {"title": DatasetRefused.title, "detail": report.notes[0] if report.notes else "see the report"}
    value = {**asdict(report), **({"error": error} if is_refused else {})}
    Output(as_json=as_json).result(value, words=lambda: print_markdown(text))
    return Exit.USAGE if is_refused else Exit.DONE


@data.command()
@click.argument("samples", nargs=-1, required=True)
@click.option("--dataset-name", "--name", help="Only where splits are remembered under this name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def forget(settings: Settings, samples: tuple[str, ...], dataset_name: str | None, as_json: bool) -> None:
    """Forget SAMPLES (files, or sha256): caches, manifests and cards are cleaned, versions listed."""
    is_here = settings.url is None
    named = [
        str(Path(text).expanduser().absolute()) if is_here and not SHA256.fullmatch(text) else text
        for text in samples
    ]
    with models_door(settings) as door:
        found = door.forget(named, dataset_name=dataset_name, who=person())
    Output(as_json=as_json).result(found, words=lambda: _print_forgotten(found))


def _print_forgotten(found: Mapping[str, Any]) -> None:
    click.echo(
        f"{found['samples']} forgotten, in {found['manifests']} manifests; your own files are as they were"
    )
    for version in found["versions"]:
        number = (
            "a version being registered" if version["version"] is None else f"version {version['version']}"
        )
        saw = " and ".join(verb for verb in ("trained", "tested") if version[verb])
        click.echo(f"  {number} of {version['name']} was {saw} on them")
    if found["advice"] is not None:
        print_prose(found["advice"], indent=0)
