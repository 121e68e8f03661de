"""Names, versions and moves of the champion as the JSON objects of the API."""

from automl_tl.domain.gate import Interval, Proof
from automl_tl.domain.promotion import Decided, ModelLine, Promotion, PromotionKind, champion_at
from automl_tl.store.base import Store
from automl_tl.web.view import Json

_FIGURES = (
    *("test", "test_interval", "test_samples", "validation"),
    *("candidate", "freeze_depth", "promoted_by", "decided"),
)


def model_json(line: ModelLine) -> Json:
    """One name and its champion's figures; ``moved_by_hand`` says what somebody did to the alias last.

    A version that automl-tl did not register may be the champion then: it has a number and no figures.
    """
    champion, move = line.champion, line.move
    by_hand = move.reason if move is not None and move.kind is PromotionKind.EXTERNAL else None
    named: Json = {"name": line.name, "metric": line.metric, "held": line.held, "moved_by_hand": by_hand}
    if champion is None:
        foreign = None if move is None else move.version
        return {**named, "champion_version": foreign, **dict.fromkeys(_FIGURES)}
    return {**named, "champion_version": champion.version, **_figures(champion)}


def line_json(store: Store, *, tenant: str, name: str, at: float | None = None) -> Json:
    """One name, its champion, every decision and every move of the alias, newest first.

    ``at`` (seconds since the epoch) adds ``champion_at``: the move that made the champion of that moment.
    """
    moves = store.promotions(tenant=tenant, name=name)
    found: Json = {
        **model_json(store.model(tenant=tenant, name=name)),
        "versions": [version_json(decided) for decided in store.versions(tenant=tenant, name=name)],
        "promotions": [promotion_json(promotion) for promotion in moves],
    }
    if at is not None:
        then = champion_at(moves, at)
        found["champion_at"] = None if then is None else promotion_json(then)
    return found


def version_json(decided: Decided) -> Json:
    """One decision of a name and the artifact behind it."""
    return {
        "version": decided.version,
        "gone": decided.gone,
        "decision": str(decided.decision.outcome),
        "reason": decided.decision.reason,
        "job": decided.job,
        "time": decided.time,
        "digest": decided.digest,
        "gone_why": decided.gone_why,
        **_figures(decided),
    }


def promotion_json(promotion: Promotion) -> Json:
    """One move of the alias ``champion``."""
    return {
        "version": promotion.version,
        "kind": str(promotion.kind),
        "reason": promotion.reason,
        "time": promotion.time,
    }


def _figures(decided: Decided) -> Json:
    proof, lineage = decided.proof, decided.lineage
    return {
        "test": proof.values.get("challenger"),
        "test_interval": interval_json(proof, "challenger"),
        "test_samples": proof.samples,
        "validation": lineage.get("validation"),
        "candidate": lineage.get("candidate"),
        "freeze_depth": lineage.get("freeze_depth"),
        "promoted_by": decided.job,
        "decided": decided.time,
    }


def interval_json(proof: Proof, who: str) -> list[float] | None:
    """The two ends of a contender's interval, None where it was not read."""
    interval: Interval | None = proof.intervals.get(who)
    return None if interval is None else [interval.low, interval.high]
