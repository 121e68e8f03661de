"""Measurements: clock facts and findings, kept before they are used."""

from sqlalchemy import Connection, bindparam, select

from automl_tl.domain.events import EventKind
from automl_tl.domain.job import Lease
from automl_tl.domain.measurement import Measurement
from automl_tl.store.events import record
from automl_tl.store.expressions import COUNTED, Clock, InsertNew
from automl_tl.store.leases import hold
from automl_tl.store.part import Part, reads, writes
from automl_tl.store.rows import dump, load_object
from automl_tl.store.study_schema import measurements

_KEEP = InsertNew(measurements).values(time=Clock()).inline().execution_options(**COUNTED)
_OF_JOB = (
    select(measurements.c.kind, measurements.c.key, measurements.c.value)
    .where(measurements.c.job == bindparam("of_job"))
    .order_by(measurements.c.id)
)
# The kinds that people watch; the others are between a job and itself.
_TOLD = {"facts": EventKind.CANDIDATE_SCORED, "left-out": EventKind.CANDIDATE_LEFT_OUT}


class SqlMeasurements(Part):
    """A job's measurements; the first value of a (kind, key) stays."""

    @writes
    def measure(self, connection: Connection, lease: Lease, measurement: Measurement) -> None:
        held = hold(connection, lease)
        kind, key, value = measurement.kind, measurement.key, measurement.value
        row = {"job": lease.job, "kind": kind, "key": key, "value": dump(value)}
        is_new = connection.execute(_KEEP, row).rowcount == 1
        if is_new and kind in _TOLD:
            data = {**value, "candidate": key}
            record(connection, (_TOLD[kind], data), tenant=held.tenant, job=lease.job)

    @reads
    def measurements(self, connection: Connection, job: str) -> tuple[Measurement, ...]:
        rows = connection.execute(_OF_JOB, {"of_job": job})
        return tuple(Measurement(kind=row.kind, key=row.key, value=load_object(row.value)) for row in rows)
