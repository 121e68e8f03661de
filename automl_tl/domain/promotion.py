"""Who was champion when: the facts of the append-only promotions table."""

from collections.abc import Sequence
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
    """One name: its metric, fixed by its first job, its present champion, and why it is held if it is."""

    tenant: str
    name: str
    metric: str
    champion: Decided | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """The decisions behind the present champion and the one before; None: none of ours."""

    champion: str | None
    previous: str | None


def succession(promotions: Sequence[Promotion]) -> Succession:
    """Who stands where after these moves, newest first.

    The previous champion is the one whom the present one succeeded, so that a rollback swaps the two.
    """
    moved = [promotion.decision for promotion in promotions if promotion.decision is not None]
    champion = moved[0] if moved else None
    return Succession(
        champion=champion, previous=next((decision for decision in moved if decision != champion), None)
    )


def champion_at(promotions: Sequence[Promotion], time: float) -> Promotion | None:
    """The move that made the champion of that moment (seconds since the epoch), None before the first.

    ``promotions`` come newest first.
    """
    return next((promotion for promotion in promotions if promotion.time <= time), None)
