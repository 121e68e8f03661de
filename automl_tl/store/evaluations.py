"""Evaluations by people: what they read of a sealed test is counted, as a proof's reading is."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select

from automl_tl.domain.dataset import Split
from automl_tl.domain.events import EventKind
from automl_tl.domain.gate import Opening
from automl_tl.domain.job import JobRequest
from automl_tl.store.events import record
from automl_tl.store.expressions import Clock
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.promotions import lock_name
from automl_tl.store.proofs import count_openings, count_reading
from automl_tl.store.rows import load
from automl_tl.store.schema import datasets, jobs, splits
from automl_tl.store.study_schema import evaluations

_OF_NAME = (evaluations.c.tenant == bindparam("tenant"), evaluations.c.name == bindparam("name"))
_KNOWN = select(evaluations.c.number, evaluations.c.reading).where(
    *_OF_NAME,
    evaluations.c.digest == bindparam("digest"),
    evaluations.c.fingerprint == bindparam("fingerprint"),
)
_KEEP = insert(evaluations).values(time=Clock())
_REQUESTS = (
    select(jobs.c.request)
    .distinct()
    .where(jobs.c.tenant == bindparam("of_tenant"), jobs.c.name == bindparam("called"))
)
_TESTS = (
    select(splits.c.sha256)
    .join(datasets, datasets.c.id == splits.c.dataset)
    .where(datasets.c.tenant == bindparam("of_tenant"), splits.c.split == Split.TEST.value)
    .where(datasets.c.name.in_(bindparam("called", expanding=True)))
)


class SqlEvaluations(Part):
    """The part of the ledger that has no job behind it."""

    @reads
    def sealed(
        self, connection: Connection, *, tenant: str, name: str, samples: Sequence[str]
    ) -> frozenset[str]:
        requests = connection.execute(_REQUESTS, {"of_tenant": tenant, "called": name})
        known = {load(JobRequest, row.request).dataset_name or name for row in requests}
        tests = connection.execute(_TESTS, {"of_tenant": tenant, "called": sorted(known)})
        return frozenset(samples).intersection(tests.scalars())

    @writes_durably
    def open_for_evaluation(
        self, connection: Connection, *, tenant: str, name: str, digest: str, samples: Sequence[str]
    ) -> Opening:
        lock_name(connection, tenant=tenant, name=name)
        line = {"tenant": tenant, "name": name}
        fingerprint = hashlib.sha256("\n".join(sorted(set(samples))).encode()).hexdigest()
        what = {**line, "digest": digest, "fingerprint": fingerprint}
        known = connection.execute(_KNOWN, what).one_or_none()
        if known is not None:
            return Opening(number=known.number, reading=known.reading)
        number = count_openings(connection, line) + 1
        reading = count_reading(connection, line, samples=samples, number=number)
        connection.execute(_KEEP, {**what, "number": number, "reading": reading})
        data = {"name": name, "number": number, "reading": reading, "fingerprint": fingerprint}
        record(connection, (EventKind.TEST_OPENED, data), tenant=tenant, job=None)
        return Opening(number=number, reading=reading)
