"""A search played on paper spends its seconds as the real one does."""

from dataclasses import dataclass, field, replace

import pytest
from simulated_search import STAGES, facts, space

from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import Split
from automl_tl.planning.forecast import forecast
from automl_tl.search.base import Context, Step
from automl_tl.search.funnel import Funnel
from automl_tl.search.pace import pace


@dataclass
class Watched(Funnel):
    """Keeps the contexts that it was asked about."""

    contexts: list[Context] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def step(self, context: Context) -> Step:
        self.contexts.append(context)
        return super().step(context)


def test_what_a_played_trial_took_stands_in_its_reports() -> None:
    counts = {Split.TRAIN: 1000, Split.VALIDATION: 200, Split.RETEST: 100, Split.TEST: 300}
    timed = {
        id: replace(found, stage_seconds=(1e-3 / STAGES,) * STAGES, backward_seconds=2e-3)
        for id, found in facts().items()
    }
    context = Context(
        space=space(),
        facts=timed,
        trials=(),
        seconds=0.0,
        budget=Budget(seconds=600.0),
        seed=0,
        counts=counts,
    )
    strategy = Watched()

    told = forecast(strategy, context, pace((), timed, counts=counts))

    last = strategy.contexts[-1]
    assert told.seconds > 60
    taken = sum(report.seconds for trial in last.trials for report in trial.reports)
    assert taken == pytest.approx(last.seconds) == told.seconds
