"""The mistakes that are shown: surest first, not all of one kind."""

import numpy as np
import pytest

from automl_tl.proof.mistakes import surest_mistakes
from automl_tl.proof.predictions import Predictions


def predictions() -> Predictions:
    sureness = np.array([0.9, 0.6, 0.8, 0.7, 0.95, 0.5])
    calls = np.array([1, 1, 1, 1, 0, 2])
    probabilities = np.full((6, 3), 0.0)
    probabilities += ((1 - sureness) / 2)[:, None]
    probabilities[np.arange(6), calls] = sureness
    return Predictions(targets=np.array([0, 0, 0, 0, 0, 1]), probabilities=probabilities)


def test_the_surest_come_first_and_no_pair_fills_the_list() -> None:
    found = surest_mistakes(predictions(), most=9, of_a_kind=2)

    assert [(m.position, m.true, m.called) for m in found] == [(0, 0, 1), (2, 0, 1), (5, 1, 2)]
    assert found[0].probability == pytest.approx(0.9)
    assert found[0].of_true == pytest.approx(0.05)


def test_no_more_than_asked_for() -> None:
    assert [m.position for m in surest_mistakes(predictions(), most=2, of_a_kind=9)] == [0, 2]


def test_without_a_mistake_there_is_nothing_to_show() -> None:
    perfect = Predictions(targets=np.array([0, 1]), probabilities=np.eye(2))

    assert surest_mistakes(perfect, most=9, of_a_kind=9) == ()
