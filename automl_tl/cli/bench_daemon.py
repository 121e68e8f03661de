"""The benchmarks of the daemon as a service: its queue, its start, its endurance."""

import click

from automl_tl.cli.bench_output import show


@click.command()
@click.option("--count", type=click.IntRange(min=2), default=10_000, show_default=True)
@click.option("--connections", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def submissions(count: int, connections: int, as_json: bool) -> None:
    """Submissions over HTTP with a SIGKILL in the middle, beside an endpoint that only commits."""
    from automl_tl.bench import submissions as submissions_bench

    show(submissions_bench.run(count=count, connections=connections), as_json=as_json)


@click.command()
@click.option("--tenants", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=2000, show_default=True, help="Of each tenant.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def fairness(tenants: int, jobs: int, seed: int, as_json: bool) -> None:
    """In which order many tenants' jobs are claimed, beside the rule; and whether anybody starves."""
    from automl_tl.bench import fairness as fairness_bench

    show(fairness_bench.run(tenants=tenants, jobs=jobs, seed=seed), as_json=as_json)


@click.command("start-up")
@click.option("--jobs", type=click.IntRange(min=0), default=10_000, show_default=True)
@click.option("--starts", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def start_up(jobs: int, starts: int, as_json: bool) -> None:
    """How long a daemon takes to be ready on a store with many finished jobs."""
    from automl_tl.bench import start_up as start_up_bench

    show(start_up_bench.run(jobs=jobs, starts=starts), as_json=as_json)


@click.command()
@click.option("--jobs", type=click.IntRange(min=30), default=1000, show_default=True)
@click.option("--running", type=click.IntRange(min=1), default=2, show_default=True, help="At once.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def soak(jobs: int, running: int, as_json: bool) -> None:
    """What the daemon's memory and files grow by a job, over many tiny ones."""
    from automl_tl.bench import soak as soak_bench

    show(soak_bench.run(jobs=jobs, running=running), as_json=as_json)


@click.command()
@click.option("--jobs", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Of each view.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def page(jobs: int, repeats: int, as_json: bool) -> None:
    """How soon each view of the page is seen in a cold Chromium, and its bytes over the wire."""
    from automl_tl.bench import page as page_bench

    show(page_bench.run(jobs=jobs, repeats=repeats), as_json=as_json)


@click.command()
@click.option("--jobs", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--names", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--scrapes", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def scrape(jobs: int, names: int, scrapes: int, as_json: bool) -> None:
    """What a scrape of /metrics costs a daemon with so many finished jobs behind it."""
    from automl_tl.bench import scrape as scrape_bench

    show(scrape_bench.run(jobs=jobs, names=names, scrapes=scrapes), as_json=as_json)
