"""The policy on one dataset of a table: it sees what it has paid for, and nothing else of that dataset."""

from collections.abc import Mapping, Sequence

import numpy as np

from automl_tl.search.policy.belief import Belief, believe
from automl_tl.search.policy.option import Outcome, PastDataset, Reached, Seen
from automl_tl.search.policy.policy import Score, Train, view
from automl_tl.search.policy.posterior import posterior
from automl_tl.search.replay.contender import REGRET_AT, Showing, regrets, values_of, weighted_tau


def policy_showing(
    dataset: PastDataset,
    others: Sequence[PastDataset],
    *,
    scores: Sequence[str],
    ladder: Sequence[int],
    within: float,
) -> Showing:
    """Follow the policy until a good enough option is trained, and as many as regrets are asked for."""
    run = PolicyRun(dataset, others, scores=scores, ladder=ladder, within=within)
    values = values_of(dataset)
    goal = float(values.max()) - within - 1e-9
    places = {outcome.option.key: place for place, outcome in enumerate(dataset.outcomes)}
    cost = None
    while cost is None or len(run.trained) < min(len(values), max(REGRET_AT)):
        run.step()
        if cost is None and run.trained and values[places[run.trained[-1]]] >= goal:
            cost = run.spent
    return Showing(
        cost=cost,
        regret_at=regrets(values, [places[key] for key in run.trained]),
        tau=weighted_tau(np.array([run.expected[key] for key in places]), values),
        detail={"steps": run.steps, "scored": run.scored},
    )


class PolicyRun:
    """One replay step by step; ``trained`` are the keys that reached the end, in that order.

    ``expected`` is what was expected of each key before anything was trained, in points below the best.
    """

    def __init__(
        self,
        dataset: PastDataset,
        others: Sequence[PastDataset],
        *,
        scores: Sequence[str],
        ladder: Sequence[int],
        within: float,
    ) -> None:
        self._truth = {outcome.option.key: outcome for outcome in dataset.outcomes}
        options = sorted((outcome.option for outcome in dataset.outcomes), key=lambda option: option.key)
        self.belief = believe(others, options, ladder=ladder, scores=scores)
        self._within = within
        free = [o for o in dataset.outcomes if o.option.score_seconds == 0]
        self.seen = Seen(scores={outcome.option.key: outcome.scores for outcome in free} if scores else {})
        self.expected = _expected(self.belief, self.seen)
        self.trained: list[str] = []
        self.spent = 0.0
        self.steps = 0
        self.scored = 0

    def step(self) -> None:
        """Do what the policy says next, beyond the point where it would stop."""
        step = view(self.belief, self.seen, within=self._within).prospects[0].advice
        self.steps += 1
        outcome = self._truth[step.key]
        if isinstance(step, Score):
            self._score(outcome)
        else:
            self._train(outcome, step)

    def _score(self, outcome: Outcome) -> None:
        self.scored += 1
        self.spent += outcome.option.score_seconds
        scores = {**self.seen.scores, outcome.option.key: outcome.scores}
        self.seen = Seen(reached=self.seen.reached, scores=scores)

    def _train(self, outcome: Outcome, step: Train) -> None:
        last = self.belief.last_epoch
        before = self.seen.reached[step.key].epoch if step.key in self.seen.reached else 0
        self.spent += outcome.option.seconds * (step.until_epoch - before) / last
        value = outcome.value if step.until_epoch == last else outcome.rungs[step.until_epoch]
        reached = {**self.seen.reached, step.key: Reached(epoch=step.until_epoch, value=value)}
        self.seen = Seen(reached=reached, scores=self.seen.scores)
        if step.until_epoch == last:
            self.trained.append(step.key)


def _expected(belief: Belief, seen: Seen) -> Mapping[str, float]:
    after = posterior(belief, seen)
    keys = [option.key for option in belief.options]
    return dict(zip(keys, (after.mean[: len(keys)] * after.spread).tolist(), strict=True))
