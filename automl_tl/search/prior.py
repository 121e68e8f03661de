"""The prior of a job: what past jobs and published facts say of its candidates."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.past import PastResult
from automl_tl.domain.rungs import rungs
from automl_tl.domain.space import Space
from automl_tl.search.appraisals import VOTERS
from automl_tl.search.coordinates import default_depth
from automl_tl.search.pace import effort
from automl_tl.search.policy.belief import UPSTREAM, Belief, believe
from automl_tl.search.policy.option import Option, Outcome, PastDataset, Seen
from automl_tl.search.policy.policy import Prospect, View, view
from automl_tl.search.policy.policy import shortlist as shortlist_of

POINTS = 100.0
_LEAST = 8  # so many candidates are never cut
_COVERED = 0.95  # of the chance of success that the shortlist holds
_FAMILY = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a candidate stands before anything was tried, and why, in one clause.

    ``chance`` is that of being within half a point of the best.
    """

    candidate: str
    place: int
    chance: float
    is_kept: bool
    why: str


def belief_of(
    space: Space,
    facts: Mapping[str, CandidateFacts],
    past: Sequence[PastResult],
    *,
    dataset_name: str,
) -> Belief | None:
    """What to expect of a job's candidates; None where neither a past nor a published accuracy is known."""
    options = options_of(space, facts)
    before = past_datasets(past, options)
    if not before and not any(UPSTREAM in option.facts for option in options):
        return None
    return believe(before, options, ladder=rungs(space.max_epochs), scores=VOTERS, dataset=dataset_name)


def options_of(space: Space, facts: Mapping[str, CandidateFacts]) -> tuple[Option, ...]:
    """One option a candidate: its default recipe to the last rung, at its cost in multiply-adds a sample.

    Which candidates are scored is decided before (``appraisals``), so no score is to be had here.
    """
    return tuple(
        _option(candidate, facts[candidate.id], space=space)
        for candidate in space.candidates
        if candidate.id in facts
    )


def newest(past: Sequence[PastResult]) -> tuple[PastResult, ...]:
    """Of past results, newest job first, those that count: on each dataset-name the newest of each candidate.

    A dataset-name whose metric has changed counts with the newest.
    """
    metrics: dict[str, str] = {}
    found: dict[tuple[str, str], PastResult] = {}
    for result in past:
        if metrics.setdefault(result.dataset_name, result.metric) == result.metric:
            found.setdefault((result.dataset_name, result.weights_sha256), result)
    return tuple(found.values())


def past_datasets(past: Sequence[PastResult], options: Iterable[Option]) -> tuple[PastDataset, ...]:
    """The newest past results by dataset-name; a single candidate compares nothing."""
    known = {option.candidate: option for option in options}
    found: dict[str, dict[str, Outcome]] = {}
    for result in newest(past):
        option = known.get(result.weights_sha256) or _past_option(result)
        outcome = Outcome(option=option, value=POINTS * result.value)
        found.setdefault(result.dataset_name, {})[result.weights_sha256] = outcome
    return tuple(
        PastDataset(name=name, outcomes=tuple(outcomes.values()))
        for name, outcomes in found.items()
        if len(outcomes) > 1
    )


def shortlist(
    belief: Belief, past: Sequence[PastResult], *, scores: Mapping[str, Mapping[str, float]]
) -> tuple[Place, ...]:
    """Every candidate's place; kept are those that hold nearly all of the chance, and one to explore."""
    found = view(belief, Seen(scores=scores))
    most = _most(found)
    kept = set(shortlist_of(found, most=most))
    before = past_datasets(past, belief.options)
    options = {option.key: option for option in belief.options}
    return tuple(
        Place(
            candidate=prospect.key,
            place=place,
            chance=prospect.chance,
            is_kept=prospect.key in kept,
            why=_why(prospect, options[prospect.key], before, explored=prospect.key in kept and place > most),
        )
        for place, prospect in enumerate(found.prospects, start=1)
    )


def _most(found: View) -> int:
    total = sum(prospect.chance for prospect in found.prospects)
    covered, count = 0.0, 0
    for prospect in found.prospects:
        if covered >= _COVERED * total:
            break
        covered, count = covered + prospect.chance, count + 1
    return max(_LEAST, count + 1)


def _why(prospect: Prospect, option: Option, before: Sequence[PastDataset], *, explored: bool) -> str:
    gaps = [gap for dataset in before if (gap := _gap(dataset, option)) is not None]
    if gaps:
        datasets = f"{len(gaps)} earlier dataset{'s' if len(gaps) > 1 else ''}"
        mean = sum(gaps) / len(gaps)
        known = f"{mean:.1f} points below the best on {datasets}" if mean > 0 else f"the best on {datasets}"
    elif UPSTREAM in option.facts:
        known = f"not tried before, {option.facts[UPSTREAM]:.3f} published"
    else:
        known = "not tried before"
    chance = f"chance of success {min(prospect.chance, 0.99):.0%}"
    return f"{known}; {chance}{'; kept to explore' if explored else ''}"


def _gap(dataset: PastDataset, option: Option) -> float | None:
    """Points below the dataset's best; None where the option was not tried there."""
    best = max(outcome.value for outcome in dataset.outcomes)
    mine = [o.value for o in dataset.outcomes if o.option.candidate == option.candidate]
    return best - mine[0] if mine else None


def _option(candidate: Candidate, facts: CandidateFacts, *, space: Space) -> Option:
    numbers = _numbers(facts.parameters, facts.multiply_adds)
    if candidate.upstream_accuracy is not None:
        numbers[UPSTREAM] = candidate.upstream_accuracy
    groups = {}
    if (family := _FAMILY.search(candidate.reference.rstrip("/").rpartition("/")[2])) is not None:
        groups["family"] = family.group().lower()
    if candidate.pretraining_data is not None:
        groups["pretraining"] = candidate.pretraining_data
    depth = default_depth(space, facts)
    return Option(
        key=candidate.id,
        candidate=facts.weights_sha256,
        facts=numbers,
        groups=groups,
        seconds=effort(facts, freeze_depth=depth, epochs=space.max_epochs, first=True),
        score_seconds=math.inf,
    )


def _past_option(result: PastResult) -> Option:
    return Option(
        key=result.weights_sha256,
        candidate=result.weights_sha256,
        facts=_numbers(result.parameters, result.multiply_adds),
    )


def _numbers(parameters: int, multiply_adds: int) -> dict[str, float]:
    return {"parameters": math.log(max(1, parameters)), "multiply_adds": math.log(max(1, multiply_adds))}
