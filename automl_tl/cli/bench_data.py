"""The benchmarks of reading, checking and splitting datasets."""

import click

from automl_tl.cli.bench_output import show


@click.command()
@click.option("--rows", type=click.IntRange(min=100), default=1_000_000, show_default=True)
@click.option("--characters", type=click.IntRange(min=10), default=100, show_default=True, help="Of a text.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def tables(rows: int, characters: int, as_json: bool) -> None:
    """How long a table takes to be read, checked and split; and memory where texts are ten times as long."""
    from automl_tl.bench import tables as tables_bench

    show(tables_bench.run(rows=rows, characters=characters), as_json=as_json)


@click.command()
@click.option("--rows", type=click.IntRange(min=100), default=1_000_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def manifests(rows: int, as_json: bool) -> None:
    """How long rows that were read already take to be checked, split and frozen."""
    from automl_tl.bench import manifests as manifests_bench

    show(manifests_bench.run(rows=rows), as_json=as_json)
