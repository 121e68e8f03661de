"""The command ``doctor``: whether this installation can work, and what to do where it cannot."""

from dataclasses import asdict

import click

from automl_tl.cli.output import Exit, Output
from automl_tl.cli.table import print_table
from automl_tl.domain.finding import Health
from automl_tl.settings import Settings
from automl_tl.wiring.examination import examine


@click.command()
@click.option("--online", is_flag=True, help="Ask the hub too whether it answers.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def doctor(settings: Settings, online: bool, as_json: bool) -> int:
    """Examine this installation, or with --url the way to a daemon; exit 1 where something does not work."""
    findings = examine(settings, online=online)
    is_well = all(finding.health is not Health.BAD for finding in findings)
    rows = [(f.what, str(f.health), f.found, f.advice) for f in findings]
    value = {"ok": is_well, "findings": [asdict(finding) for finding in findings]}
    Output(as_json=as_json).result(
        value, words=lambda: print_table(("what", "health", "found", "what to do"), rows)
    )
    return Exit.DONE if is_well else Exit.FAILED
