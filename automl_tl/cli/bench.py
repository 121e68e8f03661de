"""The noun ``bench``: the benchmarks, each a table and a JSON object."""

import json
from typing import Any

import click

from automl_tl.bench import overhead as overhead_bench
from automl_tl.bench import zoo_worth as zoo_worth_bench


@click.group()
def bench() -> None:
    """Measure; figures come from commands."""


@bench.command("zoo-worth")
@click.argument("names", nargs=-1)
@click.option("--draws", type=int, default=20, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--threads", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def zoo_worth(names: tuple[str, ...], draws: int, seed: int, threads: int, as_json: bool) -> None:
    """What the embedded weights are worth against the same nets from scratch."""
    _show(zoo_worth_bench.run(draws=draws, names=list(names), seed=seed, threads=threads), as_json=as_json)


@bench.command()
@click.option("--trials", type=int, default=200, show_default=True)
@click.option("--workers", type=int, default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def overhead(trials: int, workers: int, as_json: bool) -> None:
    """What a trial costs beside its training: dispatch, store, sampler."""
    _show(overhead_bench.run(trials=trials, workers=workers), as_json=as_json)


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    table = found.pop("table", None)
    if as_json or table is None:
        click.echo(json.dumps(found))
    else:
        click.echo(table)
