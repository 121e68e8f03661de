"""The trials that every search begins with: each candidate's default recipe, then its linear probe."""

from automl_tl.domain.space import depths
from automl_tl.domain.trial import Trial
from automl_tl.search.appraisals import order
from automl_tl.search.base import Context
from automl_tl.search.coordinates import default_configuration, default_depth
from automl_tl.search.proposal import derived_seed, searched

DEFAULT = "default"
PROBE = "probe"


def openings(context: Context) -> tuple[Trial, ...]:
    """The opening trials that were not proposed yet, numbered as if each were next.

    Best scores first, then cheapest candidate; all default recipes, then all probes. A default recipe that
    freezes every stage is its own probe, and a space that never freezes every stage has none.
    """
    proposed = {(trial.origin, trial.configuration.candidate) for trial in context.trials}
    ordered = order({id: context.facts[id] for id in searched(context)}, context.scores)
    number = len(context.trials)
    opening = []
    for origin in (DEFAULT, PROBE):
        for id in ordered:
            freeze_depth = _depth(context, id, origin=origin)
            if freeze_depth is None or (origin, id) in proposed:
                continue
            configuration = default_configuration(context.space, context.facts[id], freeze_depth=freeze_depth)
            seed = derived_seed(context.seed, "trial", number)
            opening.append(Trial(number=number, seed=seed, configuration=configuration, origin=origin))
    return tuple(opening)


def _depth(context: Context, id: str, *, origin: str) -> int | None:
    facts = context.facts[id]
    default = default_depth(context.space, facts)
    if origin == DEFAULT:
        return default
    stages = len(facts.stages)
    is_searched = stages in depths(context.space, stages=stages)
    return stages if is_searched and stages != default else None
