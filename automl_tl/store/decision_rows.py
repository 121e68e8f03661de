"""Rows of decisions and promotions as the domain's values."""

from sqlalchemy import Connection, bindparam, select

from automl_tl.domain.gate import Decision, Outcome, Proof
from automl_tl.domain.promotion import Decided, Promotion, PromotionKind
from automl_tl.errors import NotFound
from automl_tl.store.rows import AnyRow, load, load_object
from automl_tl.store.study_schema import decisions, promotions

_BY_ID = select(decisions).where(decisions.c.id == bindparam("wanted"))
_BY_JOB = select(decisions).where(decisions.c.job == bindparam("of_job"))
_LAST_PROMOTION = (
    select(promotions)
    .where(promotions.c.tenant == bindparam("tenant"), promotions.c.name == bindparam("name"))
    .order_by(promotions.c.id.desc())
    .limit(1)
)


def find_decided(connection: Connection, id: str) -> Decided:
    """The decision of that id; raises NotFound."""
    row = connection.execute(_BY_ID, {"wanted": id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no decision {id}")
    return decided_of(row)


def decided_of_job(connection: Connection, job: str) -> Decided | None:
    """What the job decided, None if it has not."""
    row = connection.execute(_BY_JOB, {"of_job": job}).one_or_none()
    return None if row is None else decided_of(row)


def last_promotion(connection: Connection, *, tenant: str, name: str) -> Promotion | None:
    """The latest move of the name's alias, None before the first."""
    row = connection.execute(_LAST_PROMOTION, {"tenant": tenant, "name": name}).one_or_none()
    return None if row is None else promotion_of(row)


def decided_of(row: AnyRow) -> Decided:
    """The decision that a row tells of."""
    return Decided(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        job=row.job,
        decision=Decision(outcome=Outcome(row.outcome), reason=row.reason),
        proof=load(Proof, row.proof),
        artifact=row.artifact,
        digest=row.digest,
        lineage=load_object(row.lineage),
        version=row.version,
        time=row.time,
        gone=row.gone,
        gone_why=row.gone_why,
    )


def promotion_of(row: AnyRow) -> Promotion:
    """The promotion that a row tells of."""
    return Promotion(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        kind=PromotionKind(row.kind),
        decision=row.decision,
        version=row.version,
        reason=row.reason,
        time=row.time,
    )
