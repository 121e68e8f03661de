"""The least time of a search follows its formula."""

from dataclasses import replace

import pytest
from simulated_search import SimulatedSearch, facts, space

from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import Split
from automl_tl.search.funnel import Funnel
from automl_tl.search.least import Finalist, least_of, least_seconds
from automl_tl.search.pace import pace


def test_the_least_time_is_probing_all_and_training_the_finalists() -> None:
    timed = {id: replace(found, stage_seconds=(0.0004, 0.0006)) for id, found in facts().items()}
    known = pace((), timed, counts={Split.TRAIN: 1000})

    found = least_seconds(known, tuple(timed), [Finalist(candidate="small", epochs=9)] * 3, probed=500)

    assert found == pytest.approx(3 * 500 * 0.001 + 3 * (3 * 0.001 * 9 * 1000))  # M·n·F̄ + κ·3FEN


def test_a_search_on_two_workers_could_have_taken_half() -> None:
    search = SimulatedSearch(strategy=Funnel(), space=space(), budget=Budget(trials=6))
    search.run()
    timed = {id: replace(found, stage_seconds=(0.001,)) for id, found in facts().items()}
    trials = search.context().trials
    known = pace(trials, timed, counts={Split.TRAIN: 300})

    one, two = (least_of(trials, known, probed=500, slots=slots) for slots in (1, 2))

    assert one is not None and two == pytest.approx(one / 2)
    assert least_of(trials, pace(trials, facts()), probed=500, slots=1) is None  # nothing was timed
