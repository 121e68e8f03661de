"""A job that asks for it gets the earlier answer for the same data, space and code, and spends nothing."""

from dataclasses import replace

import pytest
from numbers_home import LINE, NumbersHome

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import JobRequest
from automl_tl.domain.reuse import answers
from automl_tl.domain.work import Describe, Result, Work
from automl_tl.job import reusing
from automl_tl.settings import Settings
from automl_tl.store.base import Store

REQUEST = JobRequest(
    name="a", dataset=DatasetSource(path="/a"), space="s", budget=Budget(seconds=60.0, trials=4)
)


class ThriftyWorker(NumbersWorker):
    """Reads data, and nothing else."""

    def perform(self, work: Work) -> Result:
        assert isinstance(work, Describe)
        return super().perform(work)


@pytest.fixture
def home(store: Store, settings: Settings) -> NumbersHome:
    return NumbersHome(store=store, settings=settings)


def test_the_earlier_answer_is_given_again(home: NumbersHome) -> None:
    first = home.run()

    again = home.run(home.begin(reuse=True), worker=ThriftyWorker)

    outcome, earlier = home.store.job(again).outcome, home.store.job(first).outcome
    assert outcome is not None
    assert (outcome["reused"], outcome["job"], outcome["version"]) == (first, again, 1)
    told = ("decision", "reason", "test", "candidate", "card")
    assert [outcome[key] for key in told] == [earlier[key] for key in told]
    assert home.store.trials(again) == ()
    assert home.standing() == [1]


def test_nothing_is_reused_unasked_nor_of_another_search_nor_by_other_code(
    home: NumbersHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.run()

    runs = [home.run(), home.run(home.begin(reuse=True, seed=1))]
    monkeypatch.setattr(reusing, "code", lambda: {"version": "another", "commit": None})
    runs.append(home.run(home.begin(reuse=True)))

    assert all("reused" not in home.store.job(job).outcome for job in runs)


def test_an_answer_whose_version_was_deleted_is_found_anew(home: NumbersHome) -> None:
    home.run()
    home.store.retire(**LINE, reason="a mistake")

    assert "reused" not in home.store.job(home.run(home.begin(reuse=True))).outcome


@pytest.mark.parametrize(
    ("asked", "is_answered"),
    [
        (Budget(seconds=60.0, trials=4), True),
        (Budget(seconds=30.0, trials=4), True),
        (Budget(seconds=61.0, trials=4), False),
        (Budget(seconds=60.0), False),
    ],
)
def test_a_larger_budget_is_not_answered_by_a_smaller_one(asked: Budget, is_answered: bool) -> None:
    assert answers(REQUEST, replace(REQUEST, budget=asked, priority=7)) is is_answered


def test_a_space_in_another_folder_is_another_space() -> None:
    assert not answers(REQUEST, replace(REQUEST, space_root="/elsewhere"))


def test_the_champion_of_the_day_is_another_candidate_each_day(home: NumbersHome) -> None:
    space = SPACE + '\n[[candidate]]\nsource = "champion:numbers"\n'
    runs = [home.run(home.begin(reuse=True, space=space)) for _ in range(2)]

    assert all("reused" not in home.store.job(job).outcome for job in runs)
