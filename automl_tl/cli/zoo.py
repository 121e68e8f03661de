"""The noun ``zoo``: pretrained backbones."""

from pathlib import Path

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table
from automl_tl.wiring.embedded import embedded_facts
from automl_tl.zoo.embedded.pretrain import pretrain as pretrain_nets


@click.group()
def zoo() -> None:
    """Pretrained backbones: those that come along."""


@zoo.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def list_(as_json: bool) -> None:
    """The backbones that come with automl-tl."""
    rows = [
        {
            "candidate": f"embedded:{facts.candidate}",
            "stages": len(facts.stages),
            "parameters": facts.parameters,
            "multiply_adds": facts.multiply_adds,
            "licence": facts.licence,
        }
        for facts in embedded_facts()
    ]

    columns = ("candidate", "stages", "parameters", "multiply-adds", "licence")

    def words() -> None:
        print_table(
            columns,
            [[f"{value:,}" if isinstance(value, int) else str(value) for value in r.values()] for r in rows],
        )

    Output(as_json=as_json).result({"candidates": rows}, words=words)


@zoo.command()
@click.argument("names", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where they go.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--minutes", type=float, help="Time at most for each net (default: as long as the recipe says)."
)
def pretrain(names: tuple[str, ...], out: Path, seed: int, minutes: float | None) -> None:
    """Make the embedded backbones again, from pictures drawn here."""
    pretrain_nets(list(names), out=out, seed=seed, minutes=minutes, progress=click.echo)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
