"""The noun ``zoo``: pretrained backbones."""

from dataclasses import asdict
from pathlib import Path

import click

from automl_tl.cli.arrivals import tell, watching
from automl_tl.cli.output import Exit, Output
from automl_tl.cli.table import print_table
from automl_tl.domain.prefetch import Arrival
from automl_tl.settings import Settings
from automl_tl.wiring.embedded import embedded_facts
from automl_tl.wiring.prefetch import prefetch_space
from automl_tl.zoo.embedded.recipes import pretrain as pretrain_nets


@click.group()
def zoo() -> None:
    """Pretrained backbones: those that come along, and those that a space names."""


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
@click.argument("space")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def prefetch(settings: Settings, space: str, as_json: bool) -> Exit:
    """Bring a SPACE's candidates here, as far as their licences are allowed; then jobs need no network.

    SPACE is a space's name or file. A second call goes on where the first was cut.
    """
    output = Output(as_json=as_json)
    with watching(output) as watch:
        arrivals = tell(prefetch_space(space, settings, told=watch.told), say=watch.say)
    output.result({"space": space, "candidates": [asdict(found) for found in arrivals]}, words=lambda: None)
    return Exit.FAILED if any(found.arrival is Arrival.FAILED for found in arrivals) else Exit.DONE


@zoo.command()
@click.argument("names", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where they go.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--minutes", type=float, help="Time at most for each net (default: as long as the recipe says)."
)
def pretrain(names: tuple[str, ...], out: Path, seed: int, minutes: float | None) -> None:
    """Make the embedded backbones again, from what is drawn, synthesised and read here."""
    pretrain_nets(list(names), out=out, seed=seed, minutes=minutes, progress=click.echo)
