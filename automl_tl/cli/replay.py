"""The command ``replay``: the selection policy on a table of known fine-tuning results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_lines, print_table
from automl_tl.search.policy.policy import WITHIN
from automl_tl.search.replay.contender import ORDERS
from automl_tl.search.replay.replay import Showings, as_json, exercised
from automl_tl.search.replay.replay import replay as replay_table
from automl_tl.search.replay.results_table import ResultsTable, read_table

_COLUMNS = ("contender", "relative cost", "regret at 1", "at 3", "at 5", "at 10", "τ")


@click.command()
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TABLE.csv…")
@click.option(
    "--within",
    type=click.FloatRange(min=0),
    default=WITHIN,
    show_default=True,
    help="How many points below the best are good enough.",
)
@click.option("--ablations", is_flag=True, help="The policy also without its prior, and without scores.")
@click.option("--json", "as_json_", is_flag=True, help="One JSON object on standard output.")
def replay(tables: tuple[Path, ...], within: float, ablations: bool, as_json_: bool) -> None:
    """What the selection policy would have cost on known results, one dataset left out at a time.

    Columns: dataset, model, accuracy, cost_seconds; optional config, score_…, score_cost_seconds, params,
    upstream_accuracy, family; or learning curves epoch_1 … epoch_n in place of accuracy.
    """
    read = [read_table(path) for path in tables]
    found = [replay_table(table, within=within, ablations=ablations) for table in read]
    pooled = {
        _name(table, dataset, alone=len(read) == 1): s
        for table, of_table in zip(read, found, strict=True)
        for dataset, s in of_table.items()
    }
    value = {**as_json(pooled), "within": within, "tables": _tables(read, found)}
    Output(as_json=as_json_).result(value, words=lambda: _say(value))


def _name(table: ResultsTable, dataset: str, *, alone: bool) -> str:
    return dataset if alone else f"{table.name}: {dataset}"


def _tables(read: Sequence[ResultsTable], found: Sequence[Mapping[str, Showings]]) -> dict[str, object]:
    return {
        table.name: {
            "overall": (value := as_json(of_table))["overall"],
            "log_ratio_to_prior": value["log_ratio_to_prior"],
            "exercises": list(exercised(table)),
            "ignored_columns": list(table.ignored),
        }
        for table, of_table in zip(read, found, strict=True)
    }


def _say(value: Mapping[str, Any]) -> None:
    for name, table in value["tables"].items():
        print_table(_COLUMNS, _rows(table["overall"]), title=name)
        ignored = ", ".join(table["ignored_columns"])
        print_lines({"exercises": "; ".join(table["exercises"]), "ignored": ignored or None})
        print_lines({"policy ÷ prior": _ratio(table["log_ratio_to_prior"])})
        click.echo()
    names = list(value["overall"])
    rows = [(dataset, *(_cost(of.get(name)) for name in names)) for dataset, of in value["datasets"].items()]
    print_table(("relative cost", *names), [*rows, ("all", *(_cost(value["overall"][n]) for n in names))])
    click.echo(
        f"\nCost until a model within {value['within']:g} points of the best is trained; random order = 1 "
        f"(geometric mean over {ORDERS} orders).\n"
        "Policy ÷ prior over all datasets, with its 95 % bootstrap interval over datasets: "
        f"{_ratio(value['log_ratio_to_prior'])}."
    )


def _rows(overall: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (name, _cost(f), *(f"{regret:.2f}" for regret in f["regret_at"].values()), f"{f['tau']:.2f}")
        for name, f in overall.items()
    ]


def _cost(figures: Mapping[str, Any] | None) -> str:
    return "" if figures is None else f"{figures['relative_cost']:.3f}"


def _ratio(ratio: Mapping[str, float]) -> str:
    return f"log ratio {ratio['mean']:+.3f} ({ratio['low']:+.3f} to {ratio['high']:+.3f})"
