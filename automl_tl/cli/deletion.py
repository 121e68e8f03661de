"""The command ``models delete``: asked once more before it is done."""

import click

from automl_tl.cli.output import Output, is_terminal
from automl_tl.errors import RequestError
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door


@click.command()
@click.argument("name")
@click.argument("version", required=False, type=click.IntRange(min=1))
@click.option("--all-versions", is_flag=True, help="Every version; NAME has no champion then.")
@click.option("--reason", required=True, help="Why, for those who read the history.")
@click.option("--yes", is_flag=True, help="Do not ask on a terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def delete(
    settings: Settings,
    name: str,
    version: int | None,
    all_versions: bool,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete VERSION of NAME; what was decided about it stays on record."""
    if (version is None) != all_versions:
        raise RequestError("expected either a VERSION or --all-versions")
    what = f"all versions of {name}" if version is None else f"version {version} of {name}"
    if is_terminal() and not (yes or as_json):
        click.confirm(f"Delete {what} for good?", abort=True)
    with models_door(settings) as door:
        model = door.delete(name, version=version, reason=reason)
    Output(as_json=as_json).result(model, words=lambda: click.echo(f"deleted {what}: {reason}"))
