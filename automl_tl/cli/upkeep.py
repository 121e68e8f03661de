"""The commands ``du`` and ``gc``: what a home's bytes are for, and which of them nobody needs."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import print_table, size
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_MOST_SHOWN = 20


@click.command()
@_JSON
@click.pass_obj
def du(settings: Settings, as_json: bool) -> None:
    """Say how many bytes the home takes, and for what."""
    with models_door(settings) as door:
        found = door.usage()
    Output(as_json=as_json).result(found, words=lambda: _print_usage(found))


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be freed, and free nothing.")
@_JSON
@click.pass_obj
def gc(settings: Settings, dry_run: bool, as_json: bool) -> None:
    """Free what no alias, no running job and no rollback needs any more."""
    with models_door(settings) as door:
        found = door.collect(dry_run=dry_run)
    Output(as_json=as_json).result(found, words=lambda: _print_freed(found))


def _print_usage(found: Mapping[str, Any]) -> None:
    click.echo(f"{size(found['bytes'])} in {found['home']}\n")
    print_table(("kind", "size"), [(kind, size(n)) for kind, n in found["kinds"].items()])
    if found["models"]:
        rows = [
            (name, version, size(n))
            for name, versions in found["models"].items()
            for version, n in versions.items()
        ]
        click.echo()
        print_table(("model", "version", "size"), rows)
    _print_jobs(found["jobs"])


def _print_jobs(jobs: Mapping[str, Mapping[str, int]]) -> None:
    if not jobs:
        return
    heaviest = sorted(jobs.items(), key=lambda item: -sum(item[1].values()))
    kinds = sorted({kind for by_kind in jobs.values() for kind in by_kind})
    rows = [
        (job, *(size(by_kind[kind]) if kind in by_kind else "" for kind in kinds))
        for job, by_kind in heaviest[:_MOST_SHOWN]
    ]
    click.echo()
    print_table(("job", *kinds), rows)
    if len(heaviest) > _MOST_SHOWN:
        click.echo(f"and {len(heaviest) - _MOST_SHOWN} smaller jobs: --json lists them all")


def _print_freed(found: Mapping[str, Any]) -> None:
    grouped: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for item in found["items"]:
        grouped[item["kind"], item["why"]].append(item["bytes"])
    verb = "would be freed" if found["dry_run"] else "freed"
    click.echo(f"{size(found['bytes'])} {verb}")
    if grouped:
        rows = [(kind, str(len(sizes)), size(sum(sizes)), why) for (kind, why), sizes in grouped.items()]
        click.echo()
        print_table(("kind", "count", "size", "why"), rows)
