"""The trials that every search begins with: each candidate's default recipe, then its linear probe."""

import math
from collections.abc import Sequence

from automl_tl.domain.rungs import DEFAULT, PROBE
from automl_tl.domain.space import depths
from automl_tl.domain.trial import Trial
from automl_tl.search.appraisals import order
from automl_tl.search.base import Context
from automl_tl.search.coordinates import default_configuration, default_depth
from automl_tl.search.policy.option import Reached, Seen
from automl_tl.search.policy.policy import view
from automl_tl.search.prior import POINTS
from automl_tl.search.proposal import derived_seed, searched


def openings(context: Context) -> tuple[Trial, ...]:
    """The opening trials that were not proposed yet, numbered as if each were next.

    All default recipes, then all probes; of each the candidate with the best chance of success a second
    first, or where there is no belief the best scores, then the cheapest. A default recipe that freezes
    every stage is its own probe, and a space that never freezes every stage has none.
    """
    proposed = {(trial.origin, trial.configuration.candidate) for trial in context.trials}
    wanted = [
        (origin, id, freeze_depth)
        for origin in (DEFAULT, PROBE)
        for id in searched(context)
        if (origin, id) not in proposed and (freeze_depth := _depth(context, id, origin=origin)) is not None
    ]
    if not wanted:
        return ()
    places = {id: place for place, id in enumerate(_ranking(context))}
    wanted.sort(key=lambda opening: (opening[0] != DEFAULT, places[opening[1]]))
    return tuple(_trial(context, origin, id, freeze_depth) for origin, id, freeze_depth in wanted)


def _trial(context: Context, origin: str, id: str, freeze_depth: int) -> Trial:
    number = len(context.trials)
    return Trial(
        number=number,
        seed=derived_seed(context.seed, "trial", number),
        configuration=default_configuration(context.space, context.facts[id], freeze_depth=freeze_depth),
        origin=origin,
    )


def _ranking(context: Context) -> Sequence[str]:
    """The searched candidates in the order in which they are tried."""
    by_scores = order({id: context.facts[id] for id in searched(context)}, context.scores)
    if context.belief is None:
        return by_scores
    found = view(context.belief, _seen(context, last_epoch=context.belief.last_epoch))
    rated = [prospect.key for prospect in found.prospects if prospect.key in context.facts]
    return [*rated, *(id for id in by_scores if id not in rated)]


def _seen(context: Context, *, last_epoch: int) -> Seen:
    """The scores, and how far each default recipe has come; one that has failed says nothing."""
    reached = {}
    for trial in context.trials:
        report = trial.report
        if trial.origin == DEFAULT and report is not None and math.isfinite(report.value):
            reached[trial.configuration.candidate] = Reached(
                epoch=min(report.epoch, last_epoch), value=POINTS * report.value
            )
    return Seen(reached=reached, scores=context.scores)


def _depth(context: Context, id: str, *, origin: str) -> int | None:
    facts = context.facts[id]
    default = default_depth(context.space, facts)
    if origin == DEFAULT:
        return default
    stages = len(facts.stages)
    is_searched = stages in depths(context.space, stages=stages)
    return stages if is_searched and stages != default else None
