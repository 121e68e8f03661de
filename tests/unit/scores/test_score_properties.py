"""What moves no score, what is refused, and that nothing is computed twice."""

import numpy as np
import pytest
from drawn_features import drawn, source_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from automl_tl.errors import Unscorable
from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.labelled import label
from automl_tl.scores.panel import panel
from automl_tl.scores.source_head import leep

CLOSE = {"rel": 1e-6, "abs": 1e-6}
ILL_CONDITIONED = {"ncti_spread"}  # with fewer samples than components, by its formula
OF_SCALE = {"ridge", "h_score", "knn_1", "knn_5", "knn_20", "leep", "nce"}  # whose formula has no scale
seeds = st.integers(0, 2**16)
shapes = st.tuples(st.integers(30, 60), st.integers(3, 80), st.integers(2, 6))
few = settings(max_examples=25, deadline=None, derandomize=True)


def scored(features: np.ndarray, targets: np.ndarray, *, source: np.ndarray) -> dict[str, float]:
    found = panel(label(features, targets), source=source)
    is_ill = len(features) <= features.shape[1] + len(np.unique(targets))
    return {name: value for name, value in found.items() if not (is_ill and name in ILL_CONDITIONED)}


@few
@given(shape=shapes, seed=seeds)
def test_rotated_features_score_the_same(shape: tuple[int, int, int], seed: int) -> None:
    features, targets = drawn(*shape, seed=seed)
    rotation = stats.ortho_group.rvs(features.shape[1], random_state=seed)
    source = source_of(len(targets))

    rotated = scored(features @ rotation, targets, source=source)

    assert rotated == pytest.approx(scored(features, targets, source=source), **CLOSE)


@few
@given(shape=shapes, seed=seeds)
def test_the_order_of_samples_and_the_names_of_classes_are_no_matter(
    shape: tuple[int, int, int], seed: int
) -> None:
    features, targets = drawn(*shape, seed=seed)
    order = np.random.default_rng(seed).permutation(len(targets))
    source = source_of(len(targets))

    shuffled = scored(features[order], -targets[order], source=source[order])

    assert shuffled == pytest.approx(scored(features, targets, source=source), **CLOSE)


@few
@given(shape=shapes, seed=seeds, scale=st.floats(0.01, 100))
def test_the_scale_of_features_is_no_matter_where_the_formula_has_none(
    shape: tuple[int, int, int], seed: int, scale: float
) -> None:
    features, targets = drawn(*shape, seed=seed)
    source = source_of(len(targets))

    scaled = scored(features * scale, targets, source=source)

    kept = {
        name: value for name, value in scored(features, targets, source=source).items() if name in OF_SCALE
    }
    assert {name: scaled[name] for name in OF_SCALE} == pytest.approx(kept, **CLOSE)


def test_features_that_tell_the_classes_score_higher() -> None:
    source = source_of(120)
    near, far = (scored(*drawn(120, 30, 4, apart=apart), source=source) for apart in (0.1, 2.0))

    assert all(far[name] > near[name] for name in ("logme", "ridge", "knn_1", "knn_5", "knn_20", "h_score"))


def test_all_scores_share_one_decomposition(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    eigh = linalg.eigh

    def counted(*args: object, **options: object) -> object:
        asked.append(args[0].shape)  # type: ignore[attr-defined]
        return eigh(*args, **options)

    monkeypatch.setattr("automl_tl.scores.decomposition.linalg.eigh", counted)
    features, targets = drawn(100, 80, 4)

    Decomposition(label(features, targets))
    assert asked == []
    panel(label(features, targets))

    assert [shape for shape in asked if shape[0] > 64] == [(80, 80)]  # the others are of discriminants


@pytest.mark.parametrize(
    ("features", "targets", "sentence"),
    [
        (np.ones((1, 3)), np.array([0]), "1 samples, but scores need at least two"),
        (np.eye(3), np.array([4, 4, 4]), "all 3 samples are of class 4"),
        (np.eye(3), np.array([0, 0, 1]), "class 1 has one sample"),
        (np.full((4, 2), np.nan), np.array([0, 0, 1, 1]), "8 features are no finite numbers"),
        (np.full((4, 2), 5.0), np.array([0, 0, 1, 1]), "every sample has the same features"),
        (np.ones(4), np.array([0, 0, 1, 1]), r"shape \(4,\)"),
        (np.ones((4, 2)), np.array([0, 0, 1]), r"classes of shape \(3,\)"),
    ],
)
def test_what_cannot_be_scored_is_said_in_one_sentence(
    features: np.ndarray, targets: np.ndarray, sentence: str
) -> None:
    with pytest.raises(Unscorable, match=sentence):
        label(features, targets)


@pytest.mark.parametrize(
    "source", [source_of(29), source_of(30) * 2, source_of(30) * np.nan, source_of(30)[:, 0]]
)
def test_what_are_no_source_probabilities_is_said(source: np.ndarray) -> None:
    with pytest.raises(Unscorable, match="source probabilities"):
        leep(label(*drawn(30, 5, 3)), source)
