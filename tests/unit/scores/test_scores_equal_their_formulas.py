"""Every score equals a slow reference, written from the formula, to a millionth."""

import numpy as np
import pytest
import slow_reference as slow
from drawn_features import CASES, source_of
from sklearn.covariance import ledoit_wolf_shrinkage

from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.h_score import _shrinkage, h_score
from automl_tl.scores.labelled import label
from automl_tl.scores.logme import logme
from automl_tl.scores.ncti import Collapse, collapse, ncti
from automl_tl.scores.neighbours import COUNTS, neighbours
from automl_tl.scores.panel import panel, with_ncti
from automl_tl.scores.ridge import PENALTIES, ridge_path
from automl_tl.scores.source_head import leep, nce

CLOSE = {"rel": 1e-6, "abs": 1e-6}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    return CASES[request.param]


@pytest.fixture
def decomposition(case: tuple[np.ndarray, np.ndarray]) -> Decomposition:
    return Decomposition(label(*case))


def test_logme(case: tuple[np.ndarray, np.ndarray], decomposition: Decomposition) -> None:
    assert logme(decomposition) == pytest.approx(slow.logme(*case), **CLOSE)


def test_ridge_leaving_one_out(case: tuple[np.ndarray, np.ndarray], decomposition: Decomposition) -> None:
    path = ridge_path(decomposition)

    assert list(path.penalties) == pytest.approx(slow.ridge_penalties(case[0], PENALTIES))
    for penalty, accuracy in zip(path.penalties, path.accuracies, strict=True):
        assert accuracy == pytest.approx(slow.ridge_left_out(*case, penalty), **CLOSE)


def test_neighbours_leaving_one_out(
    case: tuple[np.ndarray, np.ndarray], decomposition: Decomposition
) -> None:
    expected = {count: slow.neighbours_left_out(*case, count) for count in COUNTS}

    assert neighbours(decomposition) == pytest.approx(expected, **CLOSE)


@pytest.mark.parametrize("tile", [7, 20, 64])
def test_neighbours_found_tile_by_tile_are_the_same(monkeypatch: pytest.MonkeyPatch, tile: int) -> None:
    monkeypatch.setattr("automl_tl.scores.neighbours._TILE", tile)
    case = CASES["many-classes"]

    found = neighbours(Decomposition(label(*case)))

    assert found == pytest.approx({count: slow.neighbours_left_out(*case, count) for count in COUNTS})


def test_h_score(case: tuple[np.ndarray, np.ndarray], decomposition: Decomposition) -> None:
    assert h_score(decomposition) == pytest.approx(slow.h_score(*case), **CLOSE)


def test_shrinkage_is_ledoit_and_wolfs(
    case: tuple[np.ndarray, np.ndarray], decomposition: Decomposition
) -> None:
    assert _shrinkage(decomposition) == pytest.approx(ledoit_wolf_shrinkage(case[0]), **CLOSE)


def test_parts_of_ncti(case: tuple[np.ndarray, np.ndarray], decomposition: Decomposition) -> None:
    found = collapse(decomposition)

    expected = slow.collapse(*case)
    assert (found.confidence, found.spread, found.tightness) == pytest.approx(expected, **CLOSE)


def test_leep_and_nce(case: tuple[np.ndarray, np.ndarray]) -> None:
    labelled = label(*case)
    source = source_of(labelled.samples)

    assert leep(labelled, source) == pytest.approx(slow.leep(source, case[1]), **CLOSE)
    assert nce(labelled, source) == pytest.approx(slow.nce(source, case[1]), **CLOSE)


def test_logme_counts_the_rank_where_samples_are_few() -> None:
    draw = np.random.default_rng(0)
    features, targets = draw.normal(size=(200, 768)), draw.integers(0, 5, 200)

    found = logme(Decomposition(label(features, targets)))

    assert found == pytest.approx(slow.logme(features, targets), **CLOSE)
    assert found < 1  # counting the width instead gives about 14


def test_ncti_scales_each_part_over_the_zoo() -> None:
    zoo = {
        "a": Collapse(confidence=0.2, spread=10.0, tightness=-3.0),
        "b": Collapse(confidence=0.6, spread=10.0, tightness=-1.0),
        "c": Collapse(confidence=0.4, spread=10.0, tightness=-2.5),
    }

    assert ncti(zoo) == pytest.approx({"a": 0.0, "b": 2.0, "c": 0.75})
    assert ncti({}) == {}


def test_the_panel_names_every_score_and_ncti_needs_its_zoo() -> None:
    zoo = {}
    for seed, name in enumerate(("one", "other")):
        labelled = label(*CASES["many-samples"]) if seed else label(*CASES["two-classes"])
        zoo[name] = panel(labelled, source=source_of(labelled.samples))

    assert set(zoo["one"]) == {
        *("logme", "ridge", "h_score", "knn_1", "knn_5", "knn_20", "leep", "nce"),
        *("ncti_confidence", "ncti_spread", "ncti_tightness"),
    }
    assert all("ncti" in scores for scores in with_ncti(zoo).values())
    assert with_ncti({"bare": {"logme": 1.0}}) == {"bare": {"logme": 1.0}}
