"""On the reports of a real job, what evaluations will take is told the better the more have reported.

``recorded_reports.json``: 16 trials of the four embedded nets on 1,078 digits, on two workers of a machine
that had other work too; ``order`` is that of the reports (trial, epoch).
"""

import json
import math
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Split
from automl_tl.domain.trial import Report, Trial
from automl_tl.search.pace import Pace, pace
from automl_tl.store.rows import load

RECORDED = json.loads(Path(__file__).with_name("recorded_reports.json").read_text())
FACTS = load(dict[str, CandidateFacts], json.dumps(RECORDED["facts"]))
TRIALS = {trial.number: trial for trial in load(tuple[Trial, ...], json.dumps(RECORDED["trials"]))}
COUNTS = {Split.TRAIN: 1078, Split.VALIDATION: 217}


def reports() -> list[tuple[Trial, Report, int]]:
    """Each with its trial and how many epochs it is about, in their order."""
    found = []
    for number, epoch in RECORDED["order"]:
        trial = TRIALS[number]
        report = next(report for report in trial.reports if report.epoch == epoch)
        before = max((other.epoch for other in trial.reports if other.epoch < epoch), default=0)
        found.append((trial, report, epoch - before))
    return found


def known_after(count: int) -> Pace:
    """What is known of speed after so many reports."""
    heard = RECORDED["order"][:count]
    trials = (
        replace(trial, reports=tuple(r for r in trial.reports if [number, r.epoch] in heard))
        for number, trial in TRIALS.items()
    )
    return pace(tuple(trials), FACTS, counts=COUNTS)


def error(known: Pace, trial: Trial, report: Report, epochs: int) -> float:
    """How far off, as a factor's logarithm."""
    told = known.seconds(
        candidate=trial.configuration.candidate,
        freeze_depth=trial.configuration.freeze_depth,
        epochs=epochs,
    )
    assert told is not None
    return abs(math.log(told / report.seconds))


def test_the_more_reports_the_smaller_the_error_of_what_follows() -> None:
    last = reports()[20:]

    nothing, few, many = (fmean(error(known_after(count), *found) for found in last) for count in (0, 4, 20))
    as_they_came = fmean(error(known_after(20 + i), *found) for i, found in enumerate(last))

    assert nothing > few > many > as_they_came
    assert as_they_came < math.log(1.4) < nothing


def test_before_any_report_training_is_told_within_a_factor_of_three() -> None:
    first = [found for found in reports() if found[0].number < 4 and found[1].epoch == 1]

    errors = [error(known_after(0), *found) for found in first]

    assert len(errors) == 4  # each net's default recipe
    assert max(errors) < math.log(3)


def test_a_first_report_that_carries_loading_costs_does_not_change_what_an_epoch_takes() -> None:
    trial, report, _ = reports()[0]
    assert report.outlay is not None
    slow = replace(
        report,
        seconds=report.seconds + 300,
        outlay=replace(report.outlay, opening_seconds=200, head_seconds=100),
    )
    boundary = trial.configuration.candidate, trial.configuration.freeze_depth

    plain, loaded = (
        pace((replace(trial, reports=(each,)),), FACTS, counts=COUNTS) for each in (report, slow)
    )

    assert loaded.epoch(boundary) == plain.epoch(boundary)


def test_whether_activations_are_kept_is_told_by_reports_and_their_neighbours() -> None:
    known = known_after(len(RECORDED["order"]))

    kept = {depth: known.seen.is_kept(("tiny_resnet", depth), known.passes) for depth in range(5)}

    assert kept == {0: False, 1: False, 2: False, 3: False, 4: True}
