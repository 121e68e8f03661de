"""Who was champion when: the facts of the append-only promotions table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.day import day_of
from automl_tl.domain.gate import Decision, Proof


class PromotionKind(StrEnum):
    """Why an alias moved."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    FORCED = "forced"
    EXTERNAL = "external"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as it is kept for ever.

    ``artifact`` is the challenger's folder, ``digest`` the sha256 of its bytes; ``version`` is the
    registry's number, None until the reconciler has registered it; ``gone`` is when that version left the
    registry (seconds since the epoch), ``gone_why`` the reason, None where somebody deleted it there.
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
    gone: float | None = None
    gone_why: str | None = None


def why_gone(decided: Decided) -> str:
    """The sentence that says when and why a version went."""
    assert decided.gone is not None
    why = decided.gone_why or "somebody deleted it in the registry"
    return f"version {decided.version} of {decided.name} was deleted on {day_of(decided.gone)}: {why}"


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
    """One name: its metric, fixed by its first job, its present champion, and why it is held if it is.

    ``move`` is the alias's last move. After one by hand to a version that is not ours, or to none, there is
    no champion.
    """

    tenant: str
    name: str
    metric: str
    champion: Decided | None = None
    held: str | None = None
    move: Promotion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """The decisions behind the present champion and the one before; None: none of ours."""

    champion: str | None
    previous: str | None


def succession(promotions: Sequence[Promotion], *, versions: Sequence[Decided]) -> Succession:
    """Who stands where after these moves, newest first.

    The previous champion is the one whom the present one succeeded, so that a rollback swaps the two; it is
    one of ``versions``, and not gone.
    """
    there = {decided.id for decided in versions if decided.gone is None}
    champion = promotions[0].decision if promotions else None
    before = (promotion.decision for promotion in promotions[1:] if promotion.decision in there)
    return Succession(
        champion=champion, previous=next((decision for decision in before if decision != champion), None)
    )


def champion_at(promotions: Sequence[Promotion], time: float) -> Promotion | None:
    """The move that made the champion of that moment (seconds since the epoch), None before the first.

    ``promotions`` come newest first.
    """
    return next((promotion for promotion in promotions if promotion.time <= time), None)
