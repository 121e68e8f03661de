"""What the rest of a job's budget still allows."""

from dataclasses import dataclass

from automl_tl.domain.rungs import Standings, epochs_begun, finalists, incumbent, rungs
from automl_tl.domain.trial import Trial
from automl_tl.search.base import Context
from automl_tl.search.opening import openings
from automl_tl.search.pace import Pace, pace
from automl_tl.search.proposal import SAMPLER, sampled
from automl_tl.search.reserve import reserve_seconds

TRIALS_A_CANDIDATE = 16  # where nothing else ends the search
MOST_TRIALS = 1000  # where only time or epochs end it
PERFECT = 3  # as many as retest chooses among
PATIENCE = 60  # trials without a better one, where no number of trials was asked for
PATIENCE_A_CANDIDATE = 20
_TIMED_TRIALS = 200  # the newest: a long history costs no more than a short one


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One context, seen for what may still be begun; None: no limit of that kind.

    ``search_seconds`` is the time budget less the reserve for the proof, ``seconds`` what is left of it.
    ``best`` is the incumbent.
    """

    context: Context
    standings: Standings
    ladder: tuple[int, ...]
    pace: Pace
    search_seconds: float | None
    seconds: float | None
    epochs: int | None
    trials: int
    best: Trial | None

    def seconds_for(self, trial: Trial, *, until_epoch: int) -> float | None:
        """What it will take to bring the trial to ``until_epoch``; None: nothing was measured yet."""
        return self.pace.seconds(
            candidate=trial.configuration.candidate,
            freeze_depth=trial.configuration.freeze_depth,
            epochs=until_epoch - trial.epoch,
        )

    def fits(self, trial: Trial, *, until_epoch: int) -> bool:
        """Whether the trial can reach ``until_epoch`` with what is left."""
        if trial.configuration.candidate not in self.context.facts:
            return False
        if self.epochs is not None and until_epoch - trial.epoch > self.epochs:
            return False
        if self.seconds is None:
            return True
        needed = self.seconds_for(trial, until_epoch=until_epoch)
        return self.seconds > 0 and (needed is None or needed <= self.seconds)

    def fits_anew(self, trial: Trial) -> bool:
        """Whether a new trial is worth beginning.

        An opening trial needs time for the first rung; a sampled one for the second too, since what can never
        advance teaches little. Epochs are asked for the first rung alone.
        """
        if not self.fits(trial, until_epoch=self.ladder[0]):
            return False
        if trial.origin != SAMPLER or self.seconds is None:
            return True
        needed = self.seconds_for(trial, until_epoch=self.ladder[min(1, len(self.ladder) - 1)])
        return needed is None or needed <= self.seconds

    def openings(self) -> tuple[Trial, ...]:
        """The opening trials that are worth beginning."""
        return tuple(trial for trial in openings(self.context) if self.fits_anew(trial))

    def is_probe(self, trial: Trial) -> bool:
        """Whether all stages of the trial's candidate, one of the context's, are frozen."""
        facts = self.context.facts[trial.configuration.candidate]
        return trial.configuration.freeze_depth == len(facts.stages)

    def affordable(self) -> dict[str, tuple[int, ...]]:
        """The candidates and freeze depths at which a sampled trial is worth beginning."""
        if self.epochs is not None and self.epochs < self.ladder[0]:
            return {}
        if self.seconds is None:
            return sampled(self.context)
        epochs = self.ladder[min(1, len(self.ladder) - 1)]
        found = {}
        for candidate, every in sampled(self.context).items():
            seconds = {
                d: self.pace.seconds(candidate=candidate, freeze_depth=d, epochs=epochs) for d in every
            }
            kept = tuple(d for d in every if (seconds[d] or 0.0) < self.seconds)
            if kept:
                found[candidate] = kept
        return found

    @property
    def trials_in_vain(self) -> int:
        """How many later trials have reported without being better than the incumbent."""
        if self.best is None:
            return 0
        return sum(1 for trial in self.context.trials[self.best.number + 1 :] if trial.reports)

    @property
    def is_perfect(self) -> bool:
        """Whether so many trials make no mistake on validation that none can be better; as ``is_settled``.

        Every metric that has a best value has it at 1.
        """
        if self.context.budget.trials is not None:
            return False
        best = finalists(self.context.trials, PERFECT)
        return len(best) == PERFECT and all(trial.reports[-1].value >= 1 for trial in best)

    @property
    def is_settled(self) -> bool:
        """Whether so many trials were in vain that more are not worth it; never with a trial budget."""
        patience = max(PATIENCE, PATIENCE_A_CANDIDATE * len(self.context.facts))
        return self.context.budget.trials is None and self.trials_in_vain >= patience


def outlook(context: Context) -> Outlook:
    """What the rest of the context's budget still allows."""
    budget = context.budget
    # Without a time budget nobody asks how long anything takes.
    timed = context.trials[-_TIMED_TRIALS:] if budget.seconds is not None else ()
    best = incumbent(context.trials)
    measured = pace(timed, context.facts, counts=context.counts)
    search_seconds = None
    if budget.seconds is not None:
        search_seconds = budget.seconds - reserve_seconds(context, pace=measured, best=best)
    ladder = rungs(context.space.max_epochs)
    return Outlook(
        context=context,
        standings=context.standings or Standings(context.trials, ladder),
        ladder=ladder,
        pace=measured,
        search_seconds=search_seconds,
        seconds=None if search_seconds is None else search_seconds - context.seconds,
        epochs=None if budget.epochs is None else budget.epochs - epochs_begun(context.trials),
        trials=most_trials(context) - len(context.trials),
        best=best,
    )


def most_trials(context: Context) -> int:
    """How many trials the search may begin: the budget's, else a sensible end."""
    if context.budget.trials is not None:
        return context.budget.trials
    return MOST_TRIALS if context.budget.is_limited else TRIALS_A_CANDIDATE * max(1, len(context.facts))
