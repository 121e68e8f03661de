"""Rows of trials and reports as trials with their reports, and back."""

import math
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, select

from automl_tl.domain.job import Lease
from automl_tl.domain.trial import Configuration, Outlay, Report, Trial, TrialState
from automl_tl.errors import NotFound
from automl_tl.store.leases import FENCED, fence, lost
from automl_tl.store.rows import AnyRow, dump, load
from automl_tl.store.schema import jobs
from automl_tl.store.study_schema import reports, trials

# One statement for the fence and what it guards: a write of a trial is on the path of every evaluation.
_STANDING = (
    select(jobs.c.tenant, trials.c.number, trials.c.state, trials.c.epoch, trials.c.until_epoch)
    .select_from(
        jobs.outerjoin(trials, (trials.c.job == jobs.c.id) & (trials.c.number == bindparam("of_number")))
    )
    .where(FENCED)
    .with_for_update(key_share=True, of=jobs)
)
_TRIALS = (
    select(
        trials.c.number,
        trials.c.seed,
        trials.c.configuration,
        trials.c.origin,
        trials.c.state,
        trials.c.until_epoch,
        trials.c.attempts,
        trials.c.failure,
        reports.c.epoch,
        reports.c.value,
        reports.c.loss,
        reports.c.checkpoint,
        reports.c.seconds,
        reports.c.multiply_adds,
        reports.c.train_value,
        reports.c.steps,
        reports.c.notes,
        reports.c.outlay,
    )
    # One statement, so that trials and reports are of one moment.
    .select_from(
        trials.outerjoin(reports, (reports.c.job == trials.c.job) & (reports.c.trial == trials.c.number))
    )
    .where(trials.c.job == bindparam("of_job"))
    .order_by(trials.c.number, reports.c.epoch)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a trial stands; ``epoch`` is its last reported one, ``tenant`` its job's."""

    tenant: str
    number: int
    state: TrialState
    epoch: int
    until_epoch: int


def standing(connection: Connection, lease: Lease, number: int) -> Standing:
    """Where that trial of the leased job stands; raises LeaseLost, NotFound."""
    row = connection.execute(_STANDING, {**fence(lease), "of_number": number}).one_or_none()
    if row is None:
        raise lost(lease)
    if row.number is None:
        raise NotFound(f"job {lease.job} has no trial {number}")
    return Standing(
        tenant=row.tenant,
        number=row.number,
        state=TrialState(row.state),
        epoch=row.epoch,
        until_epoch=row.until_epoch,
    )


def read_trials(connection: Connection, job: str) -> tuple[Trial, ...]:
    """All trials of a job with their reports, by number."""
    found: list[Trial] = []
    kept: list[Report] = []
    for row in connection.execute(_TRIALS, {"of_job": job}):
        if not found or found[-1].number != row.number:
            _close(found, kept)
            found.append(_trial(row))
        if row.epoch is not None:
            kept.append(_report(row))
    _close(found, kept)
    return tuple(found)


def trial_row(trial: Trial, *, job: str) -> dict[str, object]:
    """The row of a trial that is new."""
    return {
        "job": job,
        "number": trial.number,
        "seed": trial.seed,
        "configuration": dump(trial.configuration),
        "origin": trial.origin,
        "state": TrialState.PROPOSED.value,
        "until_epoch": trial.until_epoch,
        "epoch": 0,
        "attempts": 0,
    }


def report_row(report: Report, *, job: str, trial: int) -> dict[str, object]:
    """The row of a report."""
    return {
        "job": job,
        "trial": trial,
        "epoch": report.epoch,
        "value": _number(report.value),
        "loss": _number(report.loss),
        "checkpoint": report.checkpoint,
        "seconds": report.seconds,
        "multiply_adds": report.multiply_adds,
        "train_value": None if report.train_value is None else _number(report.train_value),
        "steps": report.steps,
        "notes": report.notes or None,
        "outlay": None if report.outlay is None else dump(report.outlay),
    }


def _close(found: list[Trial], kept: list[Report]) -> None:
    if kept:
        found[-1] = replace(found[-1], reports=tuple(kept))
        kept.clear()


def _trial(row: AnyRow) -> Trial:
    return Trial(
        number=row.number,
        seed=row.seed,
        configuration=load(Configuration, row.configuration),
        state=TrialState(row.state),
        until_epoch=row.until_epoch,
        failure=row.failure,
        attempts=row.attempts,
        origin=row.origin,
    )


def _report(row: AnyRow) -> Report:
    return Report(
        epoch=row.epoch,
        value=math.nan if row.value is None else row.value,
        loss=math.nan if row.loss is None else row.loss,
        checkpoint=row.checkpoint,
        seconds=row.seconds,
        multiply_adds=row.multiply_adds,
        train_value=row.train_value,
        steps=row.steps,
        notes=row.notes or "",
        outlay=None if row.outlay is None else load(Outlay, row.outlay),
    )


def _number(figure: float) -> float | None:
    return None if math.isnan(figure) else float(figure)
