"""The study: trials, their reports, and what they cost."""

import math
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select, update

from automl_tl.domain.budget import Spent
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import Lease
from automl_tl.domain.trial import MOVES, Report, Trial, TrialState
from automl_tl.errors import Conflict, NotFound
from automl_tl.store.events import Fact, record
from automl_tl.store.expressions import COUNTED, Clock, InsertNew
from automl_tl.store.leases import hold
from automl_tl.store.part import Part, reads, writes
from automl_tl.store.schema import jobs
from automl_tl.store.study_schema import reports, trials
from automl_tl.store.trial_rows import Standing, read_trials, report_row, standing, trial_row

_ENDED = frozenset(state for state, onward in MOVES.items() if not onward)
_ONE = (trials.c.job == bindparam("of_job"), trials.c.number == bindparam("of_number"))
_PROPOSE = InsertNew(trials).values(proposed=Clock()).execution_options(**COUNTED)
_START = (
    update(trials)
    .where(*_ONE)
    .values(
        state=TrialState.RUNNING.value,
        until_epoch=bindparam("rung"),
        started=func.coalesce(trials.c.started, Clock()),
    )
)
_REPORT = InsertNew(reports).values(time=Clock()).execution_options(**COUNTED)
_SETTLE = update(trials).where(*_ONE).values(state=bindparam("target"), epoch=bindparam("reached"))
_SETTLE_LAST = _SETTLE.values(ended=Clock())
_END = update(trials).where(*_ONE).values(state=bindparam("target"), failure=bindparam("why"), ended=Clock())
_REPEAT = update(trials).where(*_ONE).values(attempts=trials.c.attempts + 1).returning(trials.c.attempts)
_VALUES = (
    select(reports.c.time, reports.c.value)
    .where(reports.c.job == bindparam("of_job"), reports.c.value.is_not(None))
    .order_by(reports.c.time, reports.c.trial, reports.c.epoch)
)
_SPENT = (
    select(
        jobs.c.spent_seconds,
        func.count(trials.c.started).label("trials"),
        func.coalesce(func.sum(trials.c.epoch), 0).label("epochs"),
    )
    .select_from(jobs.outerjoin(trials, trials.c.job == jobs.c.id))
    .where(jobs.c.id == bindparam("of_job"))
    .group_by(jobs.c.sequence)
)


class SqlTrials(Part):
    """A job's trials; a write that changes nothing tells of nothing."""

    @writes
    def propose(self, connection: Connection, lease: Lease, trial: Trial) -> None:
        held = hold(connection, lease)
        if connection.execute(_PROPOSE, trial_row(trial, job=lease.job)).rowcount == 1:
            data = {"number": trial.number, "configuration": trial.configuration, "origin": trial.origin}
            record(connection, (EventKind.TRIAL_PROPOSED, data), tenant=held.tenant, job=lease.job)

    @writes
    def start(self, connection: Connection, lease: Lease, *, number: int, until_epoch: int) -> None:
        before = standing(connection, lease, number)
        if not _may_start(before, until_epoch=until_epoch):
            return
        connection.execute(_START, {**_one(lease, number), "rung": until_epoch})
        data = {"number": number, "until_epoch": until_epoch}
        record(connection, (EventKind.TRIAL_STARTED, data), tenant=before.tenant, job=lease.job)

    @writes
    def settle(
        self, connection: Connection, lease: Lease, *, number: int, report: Report, state: TrialState
    ) -> None:
        before = standing(connection, lease, number)
        if not _may_settle(before, report, state):
            return
        is_new = connection.execute(_REPORT, report_row(report, job=lease.job, trial=number)).rowcount == 1
        connection.execute(
            _SETTLE_LAST if state in _ENDED else _SETTLE,
            {**_one(lease, number), "target": state.value, "reached": max(before.epoch, report.epoch)},
        )
        facts = [_reported(number, report, state)] if is_new else []
        facts += [_ended([number], state, failure=None)] if state in _ENDED else []
        if facts:
            record(connection, *facts, tenant=before.tenant, job=lease.job)

    @writes
    def end(
        self,
        connection: Connection,
        lease: Lease,
        *,
        numbers: Sequence[int],
        state: TrialState,
        failure: str | None = None,
    ) -> None:
        found = [standing(connection, lease, number) for number in sorted(set(numbers))]
        open_ = [trial.number for trial in found if _may_end(trial, state)]
        if not open_:
            return
        move = {"target": state.value, "why": failure}
        connection.execute(_END, [{**_one(lease, number), **move} for number in open_])
        record(connection, _ended(open_, state, failure=failure), tenant=found[0].tenant, job=lease.job)

    @writes
    def repeat(self, connection: Connection, lease: Lease, *, number: int, reason: str) -> int:
        tenant = standing(connection, lease, number).tenant
        attempts = int(connection.execute(_REPEAT, _one(lease, number)).scalar_one())
        data = {"number": number, "attempts": attempts, "reason": reason}
        record(connection, (EventKind.WORKER_LOST, data), tenant=tenant, job=lease.job)
        return attempts

    @reads
    def trials(self, connection: Connection, job: str) -> tuple[Trial, ...]:
        return read_trials(connection, job)

    @reads
    def values_over_time(self, connection: Connection, job: str) -> tuple[tuple[float, float], ...]:
        found = connection.execute(_VALUES, {"of_job": job})
        return tuple((row.time, row.value) for row in found if math.isfinite(row.value))

    @reads
    def spent(self, connection: Connection, job: str) -> Spent:
        row = connection.execute(_SPENT, {"of_job": job}).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job}")
        return Spent(seconds=row.spent_seconds, trials=row.trials, epochs=int(row.epochs))


def _one(lease: Lease, number: int) -> dict[str, object]:
    return {"of_job": lease.job, "of_number": number}


def _may_start(trial: Standing, *, until_epoch: int) -> bool:
    """Whether this start is news: a rung that was reported is not run again; Conflict for an ended trial."""
    if trial.epoch >= until_epoch:
        return False
    if trial.state is TrialState.RUNNING:
        return trial.until_epoch != until_epoch
    return _legal(trial, TrialState.RUNNING)


def _may_settle(trial: Standing, report: Report, state: TrialState) -> bool:
    """Whether this report is news: what was settled or ended before stays so."""
    if trial.state is TrialState.PROPOSED:
        raise Conflict(f"trial {trial.number} never started, so it cannot report epoch {report.epoch}")
    if trial.state is not TrialState.RUNNING:
        return False
    return state is TrialState.RUNNING or _legal(trial, state)


def _may_end(trial: Standing, state: TrialState) -> bool:
    """Whether this end is news: the first end of a trial stays."""
    if state not in _ENDED:
        raise Conflict(f"trial {trial.number} cannot end as {state}")
    return trial.state not in _ENDED and _legal(trial, state)


def _legal(trial: Standing, target: TrialState) -> bool:
    if target not in MOVES[trial.state]:
        raise Conflict(f"trial {trial.number} is {trial.state}, and cannot become {target}")
    return True


def _reported(number: int, report: Report, state: TrialState) -> Fact:
    told = {
        "number": number,
        "epoch": report.epoch,
        "value": report.value,
        "seconds": report.seconds,
        "state": state,
    }
    return EventKind.TRIAL_REPORTED, told if report.outlay is None else {**told, "outlay": report.outlay}


def _ended(numbers: Sequence[int], state: TrialState, *, failure: str | None) -> Fact:
    return EventKind.TRIAL_ENDED, {"numbers": list(numbers), "state": state, "failure": failure}
