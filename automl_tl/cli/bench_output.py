"""What a benchmark found, as a table or as JSON."""

import json
from typing import Any

import click


def show(found: dict[str, Any], *, as_json: bool) -> None:
    """Print it; ``table`` is for people alone."""
    table = found.pop("table", None)
    if as_json or table is None:
        click.echo(json.dumps(found))
    else:
        click.echo(table)
