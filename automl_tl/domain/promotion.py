"""Who was champion when: the facts of the append-only promotions table."""

from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.gate import Decision, Proof


class PromotionKind(StrEnum):
    """Why an alias moved."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    FORCED = "forced"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as it is kept for ever.

    ``artifact`` is the challenger's folder, ``digest`` the sha256 of its bytes; ``version`` is the
    registry's number, None until the reconciler has registered it.
    """

    id: str
    tenant: str
    name: str
    job: str
    decision: Decision
    proof: Proof
    artifact: str
    digest: str
    lineage: dict[str, object]
    version: int | None = None
    time: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """One move of the alias ``champion``; ``decision`` names the decision behind it, if there is one."""

    id: int
    tenant: str
    name: str
    kind: PromotionKind
    decision: str | None
    version: int | None
    reason: str
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """One name: its metric, fixed by its first job, and its present champion."""

    tenant: str
    name: str
    metric: str
    champion: Decided | None = None
