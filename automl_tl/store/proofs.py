"""The ledger of the sealed test, and the decisions that its readings led to."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, func, insert, select, update

from automl_tl.domain.events import EventKind
from automl_tl.domain.gate import Decision, Opening, Outcome, Proof
from automl_tl.domain.job import Lease
from automl_tl.domain.promotion import Decided, PromotionKind
from automl_tl.errors import Conflict
from automl_tl.store.decision_rows import decided_of, decided_of_job, find_decided, last_promotion
from automl_tl.store.events import Fact, record
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.leases import Held, hold
from automl_tl.store.part import Part, reads, writes_durably
from automl_tl.store.promotions import APPEND, lock_name, promoted
from automl_tl.store.rows import dump
from automl_tl.store.study_schema import decisions, evaluations, openings, promotions, test_reads

_OF_NAME = (openings.c.tenant == bindparam("tenant"), openings.c.name == bindparam("name"))
_OPENED = select(openings.c.number, openings.c.reading).where(*_OF_NAME, openings.c.job == bindparam("job"))
_OPENINGS = select(func.count()).select_from(openings).where(*_OF_NAME)
_EVALUATIONS = (
    select(func.count())
    .select_from(evaluations)
    .where(evaluations.c.tenant == bindparam("tenant"), evaluations.c.name == bindparam("name"))
)
_UNCOUNTED = _OPENINGS.where(openings.c.reading.is_(None))
_FIRST_READ = InsertNew(test_reads).values(times=0)
_READ = (
    update(test_reads)
    .where(test_reads.c.tenant == bindparam("of_tenant"), test_reads.c.name == bindparam("called"))
    .where(test_reads.c.sha256 == bindparam("sample"))
    .values(times=test_reads.c.times + 1, opening=bindparam("now"))
)
_MOST_READ = (
    select(func.coalesce(func.max(test_reads.c.times), 1))
    .where(test_reads.c.tenant == bindparam("tenant"), test_reads.c.name == bindparam("name"))
    .where(test_reads.c.opening == bindparam("number"))
)
_OPEN = insert(openings).values(time=Clock())
_DECIDE = insert(decisions).values(time=Clock()).inline()
_UNREGISTERED = (
    select(decisions)
    .where(decisions.c.version.is_(None), decisions.c.outcome != Outcome.REFUSE.value)
    .where(decisions.c.gone.is_(None))
    .order_by(decisions.c.sequence)
)
_NUMBER_DECISION = update(decisions).where(decisions.c.id == bindparam("wanted"))
_NUMBER_PROMOTION = update(promotions).where(
    promotions.c.decision == bindparam("wanted"), promotions.c.version.is_(None)
)


class SqlProofs(Part):
    """Openings and decisions."""

    @writes_durably
    def open_test(
        self,
        connection: Connection,
        lease: Lease,
        *,
        tenant: str,
        name: str,
        fingerprint: str,
        samples: Sequence[str],
    ) -> Opening:
        hold(connection, lease)
        lock_name(connection, tenant=tenant, name=name)
        line = {"tenant": tenant, "name": name}
        known = connection.execute(_OPENED, {**line, "job": lease.job}).one_or_none()
        if known is not None:
            return Opening(number=known.number, reading=known.reading or known.number)
        number = count_openings(connection, line) + 1
        reading = count_reading(connection, line, samples=samples, number=number)
        row = {**line, "number": number, "job": lease.job, "fingerprint": fingerprint, "reading": reading}
        connection.execute(_OPEN, row)
        data = {"name": name, "number": number, "reading": reading, "fingerprint": fingerprint}
        record(connection, (EventKind.TEST_OPENED, data), tenant=tenant, job=lease.job)
        return Opening(number=number, reading=reading)

    @reads
    def openings(self, connection: Connection, *, tenant: str, name: str) -> int:
        return count_openings(connection, {"tenant": tenant, "name": name})

    @writes_durably
    def decide(
        self,
        connection: Connection,
        lease: Lease,
        *,
        decision: Decision,
        proof: Proof,
        artifact: str,
        digest: str,
        lineage: Mapping[str, object],
        against: str | None,
    ) -> Decided:
        held = hold(connection, lease)
        known = decided_of_job(connection, lease.job)
        if known is not None:
            return known
        _check_champion(connection, held, against, outcome=decision.outcome)
        id = lease.job.replace("j-", "d-", 1)
        row = {
            "id": id,
            "tenant": held.tenant,
            "name": held.name,
            "job": lease.job,
            "outcome": decision.outcome.value,
            "reason": decision.reason,
            "against": against,
            "proof": dump(proof),
            "artifact": artifact,
            "digest": digest,
            "lineage": dump(lineage),
        }
        connection.execute(_DECIDE, row)
        facts = _carried_out(connection, held, decision, id=id)
        record(connection, *facts, tenant=held.tenant, job=lease.job)
        return find_decided(connection, id)

    @reads
    def decision(self, connection: Connection, job: str) -> Decided | None:
        return decided_of_job(connection, job)

    @reads
    def decided(self, connection: Connection, id: str) -> Decided:
        return find_decided(connection, id)

    @reads
    def unregistered(self, connection: Connection) -> tuple[Decided, ...]:
        return tuple(decided_of(row) for row in connection.execute(_UNREGISTERED))

    @writes_durably
    def register(self, connection: Connection, id: str, *, version: int) -> None:
        known = find_decided(connection, id)
        if known.version not in (None, version):
            raise Conflict(f"decision {id} is registered as version {known.version}, not {version}")
        connection.execute(_NUMBER_DECISION, {"wanted": id, "version": version})
        connection.execute(_NUMBER_PROMOTION, {"wanted": id, "version": version})


def count_openings(connection: Connection, line: Mapping[str, object]) -> int:
    """How often a name's test has been opened, by proofs and by evaluations."""
    return sum(int(connection.execute(of, line).scalar_one()) for of in (_OPENINGS, _EVALUATIONS))


def count_reading(
    connection: Connection, line: Mapping[str, object], *, samples: Sequence[str], number: int
) -> int:
    """Count one more reading of each sample; how often the most-read of them has been read now."""
    different = sorted(set(samples))
    if different:
        connection.execute(_FIRST_READ, [{**line, "sha256": s, "opening": number} for s in different])
        of_name = {"of_tenant": line["tenant"], "called": line["name"], "now": number}
        connection.execute(_READ, [{**of_name, "sample": s} for s in different])
    most = int(connection.execute(_MOST_READ, {**line, "number": number}).scalar_one())
    return most + int(connection.execute(_UNCOUNTED, line).scalar_one())


def _check_champion(connection: Connection, held: Held, against: str | None, *, outcome: Outcome) -> None:
    """Whoever was beaten must still be champion, and stays it until this transaction is over.

    A name that a person holds is not promoted to.
    """
    why = lock_name(connection, tenant=held.tenant, name=held.name)
    if why is not None and outcome is Outcome.PROMOTE:
        raise Conflict(f"{held.name} is held: {why}")
    last = last_promotion(connection, tenant=held.tenant, name=held.name)
    champion = None if last is None else last.decision
    if champion != against:
        raise Conflict(
            f"{held.name} was judged against {against or 'no champion'}, "
            f"but {champion or 'no decision of ours'} is champion by now"
        )


def _carried_out(connection: Connection, held: Held, decision: Decision, *, id: str) -> list[Fact]:
    """The facts that the decision makes; with PROMOTE, the alias moves too."""
    outcome, reason = decision.outcome, decision.reason
    told: Fact = (
        EventKind.DECIDED,
        {"outcome": outcome, "reason": reason, "name": held.name, "decision": id},
    )
    if outcome is not Outcome.PROMOTE:
        return [told]
    kind = PromotionKind.PROMOTE
    row = {"tenant": held.tenant, "name": held.name, "kind": kind.value, "decision": id, "reason": reason}
    connection.execute(APPEND, {**row, "version": None})
    return [told, promoted(held.name, kind, version=None, reason=reason)]
