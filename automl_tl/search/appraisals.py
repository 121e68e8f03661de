"""Which candidates' scores are worth their cost, and in which order scores put candidates."""

from collections.abc import Mapping
from dataclasses import dataclass

from automl_tl.domain.budget import Budget
from automl_tl.domain.candidate import CandidateFacts

PROBING_SHARE = 0.5  # of a time budget: what probing all candidates may cost before scores are asked for
SCORING_SHARE = 0.1  # of a time budget: what all scores together may cost
VOTERS = ("logme", "ridge", "knn_5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """``samples`` that a probe reads, of training and validation; ``subsample`` that scores are computed on.

    ``slots``: so many candidates are seen to at once.
    """

    samples: int
    subsample: int
    slots: int


def wanted(facts: Mapping[str, CandidateFacts], *, budget: Budget, sizes: Sizes) -> tuple[str, ...]:
    """The candidates to score, cheapest first; none where all can be probed, which tells more.

    A forward pass is taken to last as long as it was measured to. Without a limit that forbids probing, and
    where scores would read half the samples or more, nothing is asked for.
    """
    if sizes.samples < 2 * sizes.subsample or not _are_too_many(facts, budget=budget, sizes=sizes):
        return ()
    cheapest = sorted(facts, key=lambda id: (_seconds(facts[id]), id))
    if budget.seconds is None:
        return tuple(cheapest)
    spent, found = 0.0, []
    for id in cheapest:
        spent += sizes.subsample * _seconds(facts[id]) / sizes.slots
        if spent > SCORING_SHARE * budget.seconds:
            break
        found.append(id)
    return tuple(found)


def order(facts: Mapping[str, CandidateFacts], scores: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    """The candidates as they are tried first: best mean rank of their scores, then the cheapest."""
    scored = [id for id in facts if all(voter in scores.get(id, {}) for voter in VOTERS)]
    votes = dict.fromkeys(scored, 0)
    for voter in VOTERS:
        best = sorted({scores[id][voter] for id in scored}, reverse=True)
        for id in scored:
            votes[id] += best.index(scores[id][voter])
    last = len(VOTERS) * len(facts)
    return tuple(sorted(facts, key=lambda id: (votes.get(id, last), facts[id].multiply_adds, id)))


def _are_too_many(facts: Mapping[str, CandidateFacts], *, budget: Budget, sizes: Sizes) -> bool:
    if budget.trials is not None and budget.trials < len(facts):
        return True
    if budget.epochs is not None and budget.epochs < len(facts):
        return True
    probing = sizes.samples * sum(_seconds(fact) for fact in facts.values()) / sizes.slots
    return budget.seconds is not None and probing > PROBING_SHARE * budget.seconds


def _seconds(facts: CandidateFacts) -> float:
    return facts.latency_seconds or 0.0
