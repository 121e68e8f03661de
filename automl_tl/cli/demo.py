"""The demo, of pictures, texts or sounds made here: ``make demo`` on its own home, ``demo`` on a daemon's."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from automl_tl.champions.loading import loading_lines
from automl_tl.cli.demo_sets import DEMO_SETS, DemoSet
from automl_tl.cli.ending import ENDED_EARLY, ended_in_order
from automl_tl.cli.output import fail, of_outcome
from automl_tl.cli.story import Story
from automl_tl.cli.summary import print_outcome
from automl_tl.cli.table import print_table
from automl_tl.client.client import Client
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.domain.dataset import Modality
from automl_tl.errors import AutomlError, Interrupted, RequestError
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder

_SECONDS = 120.0


@click.command()
@click.option(
    "--modality",
    type=click.Choice([str(modality) for modality in Modality]),
    default=str(Modality.IMAGE),
    show_default=True,
    help="Of the dataset.",
)
@click.pass_obj
def demo(settings: Settings, modality: str) -> int:
    """Send a dataset that is made here to the daemon, and follow the job to its end."""
    chosen = DEMO_SETS[Modality(modality)]
    with Client(home=settings.folders.root) as client:
        outcome = _submit(client, chosen.name, _uploaded(client, chosen))
        if outcome["state"] == "succeeded":
            _leaderboard(client.trials(str(outcome["job"]))["trials"])
        print_outcome(outcome)
        return of_outcome(outcome, unless_promoted=False)


def _uploaded(client: Client, demo: DemoSet) -> str:
    with temporary_folder("automl-tl-demo-") as temporary:
        folder = Path(temporary) / demo.name
        demo.write(folder)
        return str(client.upload(shutil.make_archive(str(folder), "zip", root_dir=folder))["dataset"])


def main() -> None:
    """Run ``make demo`` and leave with its exit status."""
    home = Path(os.environ.get("AUTOML_TL_DEMO_HOME", ".demo")).absolute()
    try:
        with ended_in_order():
            status = _demo(home)
    except AutomlError as error:
        status = fail(error, as_json=False)
    except KeyboardInterrupt:
        status = fail(Interrupted(ENDED_EARLY), as_json=False)
    sys.exit(status)


def _demo(home: Path) -> int:
    modality = os.environ.get("MODALITY", Modality.IMAGE)
    if modality not in DEMO_SETS:
        raise RequestError(f"MODALITY={modality}, but there are demos of {', '.join(DEMO_SETS)}")
    begun = time.monotonic()
    demo = DEMO_SETS[Modality(modality)]
    dataset = home / demo.name
    if not dataset.is_dir():
        click.echo(demo.told)
    demo.write(dataset)
    with _daemon(home, stay_up=bool(os.environ.get("STAY_UP"))) as client:
        outcome = _submit(client, demo.name, str(dataset))
        _tell(client, home, demo, outcome)
        click.echo(f"\nThe demo took {time.monotonic() - begun:.0f} s.")
    return 0 if outcome["state"] == "succeeded" else 1


def _submit(client: Client, name: str, dataset: str) -> Mapping[str, Any]:
    rows = client.jobs()["jobs"]
    assert isinstance(rows, list)
    job = client.submit(dataset=dataset, name=name, space="embedded", time_budget=_SECONDS, seed=len(rows))
    click.echo(f"Submitted {dataset} as {job['job']} (seed {len(rows)}): {client.url}/jobs/{job['job']}\n")
    Story(to_stderr=False, budget_seconds=_SECONDS).tell(client.events(str(job["job"])))
    return client.wait(str(job["job"]))


def _tell(client: Client, home: Path, demo: DemoSet, outcome: Mapping[str, Any]) -> None:
    if outcome["state"] == "succeeded":
        _leaderboard(client.trials(str(outcome["job"]))["trials"])
    print_outcome(outcome)
    if outcome["state"] != "succeeded" or outcome["champion_version"] is None:
        return
    example, called = demo.example(home / demo.name)
    found = client.predict(demo.name, [example])["predictions"][0]
    click.echo(f"\n  {demo.name}@champion reads {called} as {found['label']!r}", nl=False)
    click.echo(f" with probability {found['probability']:.4f}")
    click.echo("\n  In Python, in a fresh process:")
    for line in loading_lines(demo.name, Settings(home=home)):
        click.echo(f"    {line}")


def _leaderboard(trials: list[Mapping[str, Any]]) -> None:
    columns = ("trial", "candidate", "freeze depth", "learning rate", "epochs", "validation", "state")
    reported = [trial for trial in trials if trial["value"] is not None]
    rows = [
        (
            str(trial["number"]),
            trial["candidate"],
            str(trial["freeze_depth"]),
            f"{trial['learning_rate']:.1e}",
            str(trial["epochs"]),
            f"{trial['value']:.4f}",
            trial["state"],
        )
        for trial in sorted(reported, key=lambda t: -t["value"])[:10]
    ]
    click.echo("")
    print_table(columns, rows, title="Leaderboard")


@contextmanager
def _daemon(home: Path, *, stay_up: bool) -> Iterator[Client]:
    daemon = OwnDaemon(home)
    client = daemon.client
    try:
        click.echo(f"The daemon listens on {client.url} (log: {daemon.log})")
        yield client
    except BaseException:
        stay_up = False
        raise
    finally:
        if stay_up:
            click.echo(f"\nThe daemon stays up (process {daemon.pid}; kill {daemon.pid} stops it):")
            click.echo(
                f"  page     {client.page}\n  metrics  {client.url}/metrics\n  API      {client.url}/api/docs"
            )
        else:
            daemon.stop()


if __name__ == "__main__":
    main()
