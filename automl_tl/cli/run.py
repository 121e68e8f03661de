"""The command ``run``: the whole pipeline in the foreground, no daemon."""

from pathlib import Path
from typing import Any

import click

from automl_tl.cli.output import Output, of_outcome
from automl_tl.cli.plan import print_plan
from automl_tl.cli.story import Story
from automl_tl.cli.submission import submission, submission_options
from automl_tl.cli.summary import print_outcome
from automl_tl.settings import Settings
from automl_tl.web.submission import read_submission
from automl_tl.wiring.foreground import run_here
from automl_tl.wiring.planner import plan_here


@click.command()
@submission_options
@click.pass_obj
def run(
    settings: Settings,
    /,
    from_file: Path | None,
    plan: bool,
    fail_unless_promoted: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Search, prove and promote here and now, without a daemon.

    DATASET is a folder of class folders, a table (CSV, TSV, lines of JSON, Parquet), a folder with tables
    called train and test, or a zip or tar archive of any.
    """
    output, said = Output(as_json=as_json), submission(options, from_file=from_file)
    if plan:
        found = plan_here(said, settings)
        output.result(found, words=lambda: print_plan(found))
        return 0
    budget = read_submission(said, settings=settings).budget
    story = Story(to_stderr=as_json, budget_seconds=budget.seconds)
    outcome = run_here(said, settings, tell=story.tell)
    output.result(outcome, words=lambda: print_outcome(outcome))
    return of_outcome(outcome, unless_promoted=fail_unless_promoted)
