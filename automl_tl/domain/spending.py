"""What a job's trials have cost, told from their rows."""

from automl_tl.domain.budget import Spent
from automl_tl.domain.trial import Trial, TrialState


def spent(trials: tuple[Trial, ...], *, seconds: float) -> Spent:
    """What these rows have cost; a running trial counts the epochs it is meant to reach."""
    begun = [t for t in trials if t.state is not TrialState.PROPOSED and (t.until_epoch or t.reports)]
    epochs = (t.until_epoch if t.state is TrialState.RUNNING else t.epoch for t in begun)
    return Spent(seconds=seconds, trials=len(begun), epochs=sum(epochs))
