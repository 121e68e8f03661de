"""The noun ``space``: the search spaces at hand."""

from pathlib import Path

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.space import Space
from automl_tl.search.space_file import find_space, read_space, spaces

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def space() -> None:
    """What a search may try."""


@space.command("list")
@_JSON
def list_(as_json: bool) -> None:
    """The spaces that come with automl-tl."""
    names = [path.stem for path in spaces()]
    Output(as_json=as_json).result({"spaces": names}, words=lambda: click.echo("\n".join(names)))


@space.command()
@click.argument("name")
def show(name: str) -> None:
    """A space's file, as it stands."""
    text, _ = find_space(name)
    click.echo(text)


@space.command()
@click.argument("name")
@_JSON
def check(name: str, as_json: bool) -> None:
    """Read a space and say what it would search."""
    found = _read(name)
    value = {
        "space": found.name,
        "candidates": [c.id for c in found.candidates],
        "max_epochs": found.max_epochs,
    }

    def words() -> None:
        click.echo(
            f"{found.name}: {len(found.candidates)} candidates, up to {found.max_epochs} epochs a trial\n"
        )
        print_table(("source", "licence", "parameters", "multiply-adds"), map(_cells, found.candidates))

    Output(as_json=as_json).result(value, words=words)


def _cells(candidate: Candidate) -> tuple[str, ...]:
    counts = (candidate.parameters, candidate.multiply_adds)
    return (candidate.source, candidate.licence or "?", *("?" if n is None else f"{n:,}" for n in counts))


def _read(name: str) -> Space:
    text, root = find_space(name)
    return read_space(text, root=Path(root))
