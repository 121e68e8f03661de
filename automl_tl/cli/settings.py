"""The command ``settings``: what holds here, and what of it was set."""

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table, size
from automl_tl.settings import ASKING, Settings, variable_of, without_password


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def settings(chosen: Settings, as_json: bool) -> None:
    """Say what each setting is here, and whether it was set; each is an environment variable."""
    values = chosen.model_dump(mode="json")
    found = {
        variable_of(field): {"value": _safe(values[field]), "from": _source(chosen, field)}
        for field in Settings.model_fields
    }
    rows = [
        (variable_of(field), written(chosen, field), _source(chosen, field))
        for field in Settings.model_fields
    ]
    Output(as_json=as_json).result(found, words=lambda: print_table(("setting", "value", "from"), rows))


def written(chosen: Settings, field: str) -> str:
    """A setting's value as one would write it; ``none`` where it is absent or an empty list."""
    value = getattr(chosen, field)
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value} ({size(value)})" if field.endswith("_bytes") else str(_safe(str(value)))


def _safe(value: object) -> object:
    return without_password(value) if isinstance(value, str) else value


def _source(chosen: Settings, field: str) -> str:
    if field not in chosen.model_fields_set or getattr(chosen, field) is None:
        return "default"
    return "option or environment" if field in ASKING else "environment"
