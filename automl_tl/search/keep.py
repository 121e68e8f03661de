"""The yardstick "train all one epoch, keep K": every candidate at every freeze depth, at its default rate."""

from automl_tl.domain.space import depths
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.search.base import Context, Finish, Propose, Run, Step, Wait
from automl_tl.search.coordinates import default_configuration
from automl_tl.search.outlook import Outlook, outlook
from automl_tl.search.proposal import derived_seed, searched

KEPT = 3
ORIGIN = "one epoch"


class Keep:
    """One epoch of each, then the best ``kept`` to the last; a pure function of the context."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept

    def step(self, context: Context) -> Step:
        """What to do with a free slot."""
        view = outlook(context)
        for trial in view.standings.unbegun:
            if view.fits(trial, until_epoch=1):
                return Run(number=trial.number, until_epoch=1)
        has_time = view.seconds is None or view.seconds > 0
        if not view.standings.unbegun and has_time and _next(context) is not None:
            return Propose()
        if any(trial.state is TrialState.RUNNING and trial.until_epoch == 1 for trial in context.trials):
            return Wait()
        return self._climb(view)

    def seconds_left(self, context: Context) -> float | None:
        """The budget less what was spent and what is kept for the proof."""
        return None if context.budget.seconds is None else outlook(context).seconds

    def propose(self, context: Context) -> Trial:
        """The next of all pairs of candidate and freeze depth."""
        found = _next(context)
        assert found is not None
        candidate, depth = found
        number = len(context.trials)
        configuration = default_configuration(context.space, context.facts[candidate], freeze_depth=depth)
        seed = derived_seed(context.seed, "trial", number)
        return Trial(number=number, seed=seed, configuration=configuration, origin=ORIGIN)

    def _climb(self, view: Outlook) -> Step:
        best = [trial for trial, _ in view.standings.ranking(1)][: self._kept]
        for trial in best:
            if trial.state is TrialState.WAITING and (view.seconds is None or view.seconds > 0):
                return Run(number=trial.number, until_epoch=view.ladder[-1])
        if any(trial.state is TrialState.RUNNING for trial in view.context.trials):
            return Wait()
        return Finish(reason=f"the best {len(best)} after one epoch have gone as far as the budget lets them")


def _next(context: Context) -> tuple[str, int] | None:
    pairs = [
        (candidate, depth)
        for candidate in searched(context)
        for depth in depths(context.space, stages=len(context.facts[candidate].stages))
    ]
    return pairs[len(context.trials)] if len(context.trials) < len(pairs) else None
