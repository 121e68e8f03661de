"""The command ``system``: how the daemon, its machine and its parts are."""

import time
from collections.abc import Mapping
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import how_long, print_lines, print_table, size
from automl_tl.client.client import Client
from automl_tl.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def system(settings: Settings, as_json: bool) -> None:
    """Say how the daemon, its machine and its parts are, and every version; asks the daemon."""
    found = Client.of(settings).system()
    Output(as_json=as_json).result(found, words=lambda: _print(found))


def _print(found: Mapping[str, Any]) -> None:
    jobs, store = found["jobs"], found["store"]
    print_lines(
        {
            "up": how_long(time.time() - found["started"]),
            "jobs": f"{jobs['running']} of {found['running_jobs']} running, {jobs['queued']} waiting",
            "store": f"{store['kind']}, answered in {1000 * store['answered_in']:.1f} ms",
            "registry": found["registry"],
            "models": "answers" if found["models_process"] else "does not answer",
            "cores": f"{found['cores']}, load {found['load']:.1f}",
            "memory": f"{size(found['free_memory'])} free of {size(found['memory'])}",
            "disk": f"{size(found['free_disk'])} free of {size(found['disk'])}, in {found['home']}",
        }
    )
    click.echo()
    rows = [(role["role"], str(role["processes"]), size(role["bytes"])) for role in found["roles"]]
    print_table(("processes", "count", "memory"), rows)
    click.echo()
    print_table(("what", "version"), list(found["versions"].items()))
