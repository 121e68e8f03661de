"""The benchmarks of training: what is kept, what a step takes, what weights are worth."""

import click

from automl_tl.cli.bench_output import show


@click.command("zoo-worth")
@click.argument("names", nargs=-1)
@click.option("--draws", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--threads", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def zoo_worth(names: tuple[str, ...], draws: int, seed: int, threads: int, as_json: bool) -> None:
    """What the embedded weights are worth against the same nets from scratch."""
    from automl_tl.bench import zoo_worth as zoo_worth_bench

    show(zoo_worth_bench.run(draws=draws, names=list(names), seed=seed, threads=threads), as_json=as_json)


@click.command()
@click.option("--space", default="embedded", show_default=True, help="A space's name or file.")
@click.option("--epochs", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--trials", type=click.IntRange(min=1), default=16, show_default=True)
@click.option(
    "--measured",
    type=click.IntRange(min=1),
    help="Run so many of the trials, one more where they share a boundary, and multiply (default: all).",
)
@click.option("--pictures", type=click.IntRange(min=20, max=200), default=200, show_default=True)
@click.option("--image-size", type=click.IntRange(min=8), help="In place of the candidates' own.")
@click.option(
    "--architecture",
    "architectures",
    multiple=True,
    help="One of timm's, with random weights, in place of a space's candidates; may be repeated.",
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def cache(  # noqa: PLR0913 - one for each option
    space: str,
    architectures: tuple[str, ...],
    epochs: int,
    trials: int,
    measured: int | None,
    pictures: int,
    image_size: int | None,
    threads: int,
    as_json: bool,
) -> None:
    """What kept activations save over computing them again, and over training everything."""
    from automl_tl.bench import cache as cache_bench
    from automl_tl.bench.cache_contender import Load
    from automl_tl.search.space_file import find_space, read_space

    load = Load(epochs=epochs, trials=trials, measured=min(measured or trials, trials), threads=threads)
    text, root = find_space(space)
    listed = () if architectures else read_space(text, root=root).candidates
    nets = cache_bench.Nets(candidates=listed, drawn=architectures, image_size=image_size)
    found = cache_bench.run(nets, load, pictures=pictures)
    show(found, as_json=as_json)


@click.command()
@click.argument("architectures", nargs=-1, required=True)
@click.option("--image-size", type=click.IntRange(min=8))
@click.option("--batch", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def step(
    architectures: tuple[str, ...],
    image_size: int | None,
    batch: int,
    repeats: int,
    threads: int,
    as_json: bool,
) -> None:
    """What rewriting (folded norms, products for convolutions) spares of a training step of timm's nets."""
    from automl_tl.bench import step as step_bench

    found = step_bench.run(
        architectures, image_size=image_size, batch=batch, repeats=repeats, threads=threads
    )
    show(found, as_json=as_json)


@click.command()
@click.option("--samples", type=click.IntRange(min=200, max=1797), default=1797, show_default=True)
@click.option("--trials", type=click.IntRange(min=3), default=6, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def grown(samples: int, trials: int, as_json: bool) -> None:
    """What a second job costs in forward passes after its dataset grew by one percent."""
    from automl_tl.bench import grown as grown_bench

    show(grown_bench.run(samples=samples, trials=trials), as_json=as_json)
