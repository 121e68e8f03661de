"""The benchmarks of the daemon under load and after a crash."""

import click

from automl_tl.cli.bench_output import show


@click.command()
@click.option("--rounds", type=click.IntRange(min=20), default=200, show_default=True, help="Of 7 questions.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def latency(rounds: int, as_json: bool) -> None:
    """How soon the API answers while a search runs on every core, beside the same server idle."""
    from automl_tl.bench import latency as latency_bench

    show(latency_bench.run(rounds=rounds), as_json=as_json)


@click.command()
@click.option("--kills", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the moments of the kills.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def recovery(kills: int, seed: int, as_json: bool) -> None:
    """How soon a search goes on whose supervisor and runner were killed, and what is repeated."""
    from automl_tl.bench import recovery as recovery_bench

    show(recovery_bench.run(kills=kills, seed=seed), as_json=as_json)
