"""The yardstick "prior only": default recipes to the last rung, in the order that the prior gives them."""

from automl_tl.domain.rungs import DEFAULT
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.search.base import Context, Finish, Propose, Run, Step, Wait
from automl_tl.search.outlook import Outlook, outlook


class PriorOnly:
    """Nothing is compared before its end, and nothing sampled; a pure function of the context."""

    def step(self, context: Context) -> Step:
        """What to do with a free slot."""
        view = outlook(context)
        for trial in (*view.standings.cut_short, *view.standings.unbegun):
            if view.fits(trial, until_epoch=view.ladder[0]):
                return Run(number=trial.number, until_epoch=view.ladder[-1])
        if not view.standings.unbegun and _next(view) is not None:
            return Propose()
        if any(trial.state is TrialState.RUNNING for trial in context.trials):
            return Wait()
        return Finish(reason="every default recipe has gone as far as the budget lets it")

    def seconds_left(self, context: Context) -> float | None:
        """The budget less what was spent and what is kept for the proof."""
        return None if context.budget.seconds is None else outlook(context).seconds

    def propose(self, context: Context) -> Trial:
        """The next default recipe."""
        found = _next(outlook(context))
        assert found is not None
        return found


def _next(view: Outlook) -> Trial | None:
    return next((trial for trial in view.openings() if trial.origin == DEFAULT), None)
