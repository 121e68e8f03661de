"""The noun ``bench``: the benchmarks, each a table and a JSON object."""

from pathlib import Path

import click

from automl_tl.cli.bench_daemon import fairness, page, scrape, soak, start_up, submissions
from automl_tl.cli.bench_data import manifests, tables
from automl_tl.cli.bench_output import show
from automl_tl.cli.bench_service import latency, recovery
from automl_tl.cli.bench_training import cache, grown, step, zoo_worth
from automl_tl.cli.submission import submission
from automl_tl.settings import Settings


@click.group()
def bench() -> None:
    """Measure what this project promises."""


@bench.command()
@click.option("--trials", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def overhead(trials: int, workers: int, as_json: bool) -> None:
    """What a trial costs beside its training: dispatch, store, sampler."""
    from automl_tl.bench import overhead as overhead_bench

    show(overhead_bench.run(trials=trials, workers=workers), as_json=as_json)


@bench.command()
@click.option("--trials", type=click.IntRange(min=4), default=60, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), help="In place of one a core.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def idle(trials: int, workers: int | None, as_json: bool) -> None:
    """How long workers wait for their next evaluation, where each takes one second."""
    from automl_tl.bench import idle as idle_bench
    from automl_tl.executors.cores import cores

    show(idle_bench.run(trials=trials, workers=workers or cores()), as_json=as_json)


@bench.command()
@click.option("--trials", type=click.IntRange(min=1), default=2000, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def memory(trials: int, workers: int, as_json: bool) -> None:
    """What a long search holds in memory: its runner, and the daemon that watches it."""
    from automl_tl.bench import memory as memory_bench

    show(memory_bench.run(trials=trials, workers=workers), as_json=as_json)


@bench.command()
@click.option("--samples", type=click.IntRange(min=100), multiple=True, default=(500, 2000, 10_000))
@click.option("--features", type=click.IntRange(min=2), multiple=True, default=(384, 768, 2048))
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def scores(
    samples: tuple[int, ...], features: tuple[int, ...], repeats: int, seed: int, as_json: bool
) -> None:
    """All scores of one candidate together, against scikit-learn and the published formulas."""
    from automl_tl.bench import scores as scores_bench

    show(scores_bench.run(samples=samples, features=features, repeats=repeats, seed=seed), as_json=as_json)


@bench.command()
@click.option("--pairs", type=click.IntRange(min=1), default=2000, show_default=True)
@click.option("--sequences", type=click.IntRange(min=1), default=2000, show_default=True)
@click.option("--nights", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--samples", type=click.IntRange(min=10), default=500, show_default=True)
@click.option("--patients", type=click.IntRange(min=2), default=50, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def gate(
    pairs: int, sequences: int, nights: int, samples: int, patients: int, seed: int, as_json: bool
) -> None:
    """How often the gate promotes what is no better, and how often what is (simulated models)."""
    from automl_tl.bench import gate as gate_bench

    found = gate_bench.run(
        pairs=pairs, sequences=sequences, nights=nights, samples=samples, patients=patients, seed=seed
    )
    show(found, as_json=as_json)


@bench.command()
@click.argument("dataset", type=click.Path(path_type=Path, exists=True))
@click.option("--space", required=True, help="A space's name or file.")
@click.option("--time-budget", default="10m", show_default=True, metavar="TIME")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def transfer(
    settings: Settings, dataset: Path, space: str, time_budget: str, seeds: int, as_json: bool
) -> None:
    """What the search gains over the best linear probe of its zoo, on a dataset of one's own."""
    from automl_tl.bench import transfer as transfer_bench

    said = {"dataset": str(dataset), "name": "transfer", "space": space, "time_budget": time_budget}
    found = transfer_bench.run(submission(said, from_file=None), settings, seeds=seeds)
    show(found, as_json=as_json)


@bench.command("end-to-end")
@click.argument("datasets", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--space", required=True, help="A space file that leaves freeze_depth open.")
@click.option(
    "--seed", "seeds", multiple=True, type=click.IntRange(min=0), default=(0, 1, 2, 3, 4), show_default=True
)
@click.option("--cap", default="10m", show_default=True, metavar="TIME", help="Of each job.")
@click.option(
    "--notes",
    default="end-to-end.jsonl",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="What was measured, a job a line; asked again, what stands there is not measured again.",
)
@click.option("--ablations", is_flag=True, help="The funnel against itself, one part at a time left out.")
@click.option("--only", multiple=True, metavar="CONTENDER", help="Run just these.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def end_to_end(
    datasets: tuple[Path, ...],
    space: str,
    seeds: tuple[int, ...],
    cap: str,
    notes: Path,
    ablations: bool,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """How soon each way of searching is within half a point of the best that any reaches."""
    from automl_tl.bench import end_to_end as end_to_end_bench
    from automl_tl.domain.duration import seconds
    from automl_tl.search.space_file import find_space

    text, root = find_space(space)
    contenders = end_to_end_bench.ABLATIONS if ablations else end_to_end_bench.CONTENDERS
    if unknown := set(only) - {contender.name for contender in contenders}:
        names = ", ".join(contender.name for contender in contenders)
        raise click.UsageError(f"no contender is called {min(unknown)!r}; there are {names}")
    course = end_to_end_bench.Course(
        datasets=datasets,
        space=text,
        root=root,
        seeds=tuple(dict.fromkeys(seeds)),
        cap=seconds(cap),
        contenders=tuple(c for c in contenders if not only or c.name in only),
    )
    show(end_to_end_bench.run(course, notes=notes), as_json=as_json)


@bench.command()
@click.argument("budgets", nargs=-1, metavar="TIME…")
@click.option(
    "--dataset", type=click.Path(path_type=Path, exists=True), help="In place of the demo's digits."
)
@click.option("--space", default="embedded", show_default=True, help="A space's name or file.")
@click.option("--executor", type=click.Choice(["ray", "inline"]), default="ray", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def budget(budgets: tuple[str, ...], dataset: Path | None, space: str, executor: str, as_json: bool) -> None:
    """How much of its time budget a job uses, proof included (default: 2m 3m 5m)."""
    from automl_tl.bench import budget as budget_bench
    from automl_tl.search.space_file import find_space

    text, root = find_space(space)
    found = budget_bench.run(
        budgets=budgets or ("2m", "3m", "5m"),
        dataset=dataset,
        space={"space": text, "space_root": str(root)},
        executor=executor,
    )
    show(found, as_json=as_json)


@bench.command()
@click.option("--trials", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--executor", type=click.Choice(["ray", "inline"]), default="ray", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def promotion(trials: int, executor: str, as_json: bool) -> None:
    """From the end of the search to the promotion, step by step, on the demo's digits."""
    from automl_tl.bench import promotion as promotion_bench

    show(promotion_bench.run(trials=trials, executor=executor), as_json=as_json)


_TRAINING = (zoo_worth, cache, grown, step)
_DATA = (tables, manifests)
_DAEMON = (submissions, fairness, start_up, soak, page, scrape, latency, recovery)
for _command in (*_TRAINING, *_DATA, *_DAEMON):
    bench.add_command(_command)
