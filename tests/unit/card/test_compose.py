"""A card's values, from rows and predictions small enough to count by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from drawn_account import account

from automl_tl.card.compose import card_of
from automl_tl.card.thumbnail import thumbnail
from automl_tl.domain.dataset import Sample
from automl_tl.domain.gate import Outcome


def nothing(sample: Sample) -> None:
    return None


def test_classes_confusion_and_mistakes_are_counted(tmp_path: Path) -> None:
    # Of twelve samples the first cat was called dog, and the last owl cat.
    card = card_of(account(tmp_path, wrong={0: 1, 11: 0}), show=nothing)

    assert card.judged is not None and card.mistakes is not None
    assert [(c.label, c.hits, c.samples) for c in card.judged.classes] == [
        ("cat", 3, 4),
        ("dog", 4, 4),
        ("owl", 3, 4),
    ]
    assert {(p.true, p.called, p.samples) for p in card.judged.confused} == {
        ("cat", "dog", 1),
        ("owl", "cat", 1),
    }
    assert (card.mistakes.samples, card.mistakes.wrong) == (12, 2)
    assert [(m.path, m.true, m.called) for m in card.mistakes.shown] == [
        ("retest/000-0.png", "cat", "dog"),
        ("retest/002-3.png", "owl", "cat"),
    ]
    assert card.mistakes.shown[0].probability == pytest.approx(0.9)


def test_no_sample_of_the_sealed_test_is_ever_shown(tmp_path: Path) -> None:
    asked: list[Sample] = []

    card = card_of(account(tmp_path, wrong={0: 1, 5: 2}), show=lambda s: asked.append(s))  # type: ignore[func-returns-value]

    assert {str(sample.split) for sample in asked} == {"retest"}
    assert card.mistakes is not None
    assert all(mistake.path.startswith("retest/") for mistake in card.mistakes.shown)


def test_every_candidate_says_why_it_is_in_or_out(tmp_path: Path) -> None:
    plain, huge = card_of(account(tmp_path), show=nothing).candidates

    assert plain.is_in and plain.trials == 2 and plain.best == 0.98
    assert plain.why == "opened, ran and kept the limits; its furthest trial went 9 epochs"
    assert (plain.licence, plain.pretraining_data) == ("apache-2.0", "drawn pictures")
    assert not huge.is_in and huge.why == "9000000 parameters, but at most 1000000 are allowed"
    assert huge.parameters == 9_000_000


def test_cost_is_added_up(tmp_path: Path) -> None:
    cost = card_of(account(tmp_path), show=nothing).cost

    assert (cost.seconds, cost.epochs, cost.training_seconds, cost.training_multiply_adds) == (
        71.2,
        9,
        3.0,
        5,
    )
    assert cost.trials == {"complete": 1, "failed": 1}
    assert cost.phases["search"] == 50.0
    assert (cost.sample_seconds, cost.latency_seconds, cost.size_bytes) == (0.002, 0.0012, 1_500_000)


def test_counts_of_each_class_and_split(tmp_path: Path) -> None:
    data = card_of(account(tmp_path), show=nothing).data

    assert [(c.label, c.splits) for c in data.classes] == [
        (label, {"retest": 4, "test": 4}) for label in ("cat", "dog", "owl")
    ]
    assert data.groups is None and data.fingerprint == "f" * 64


def test_without_predictions_the_rest_is_told(tmp_path: Path) -> None:
    told = account(tmp_path, wrong={0: 1})
    for file in tmp_path.glob("*.npz"):
        file.unlink()

    card = card_of(told, show=nothing)

    assert card.judged is None and card.mistakes is None
    assert card.leaderboard[0].is_challenger and card.proof.values["challenger"] == pytest.approx(11 / 12)


def test_without_manifest_and_space_the_rest_is_told(tmp_path: Path) -> None:
    card = card_of(replace(account(tmp_path), manifest=None, candidates=(), data=None), show=nothing)

    assert card.judged is None and card.data.classes == () and card.data.report is None
    assert [line.id for line in card.candidates] == ["plain", "huge"]


def test_limits_follow_from_the_figures(tmp_path: Path) -> None:
    limits = card_of(account(tmp_path, wrong={0: 1}), show=nothing).limits

    assert any(line.startswith("It knows 3 classes (cat, dog, owl)") for line in limits)
    assert any("cat (4), dog (4), owl (4)" in line for line in limits)
    assert "It is weakest on cat, of which it finds 75 % (30 % to 95 %)." in limits
    assert any(line.startswith("No groups were named") for line in limits)
    assert "The backbone was pretrained on drawn pictures." in limits


def test_a_refused_model_is_not_to_be_served(tmp_path: Path) -> None:
    limits = card_of(account(tmp_path, outcome=Outcome.REFUSE), show=nothing).limits

    assert limits[0] == "The gate refused this model: do not serve it."


def test_a_thumbnail_is_made_of_the_sample_alone(tmp_path: Path) -> None:
    manifest = account(tmp_path).manifest
    assert manifest is not None
    first, second = manifest.samples[:2]

    assert str(thumbnail(first, root=tmp_path, size=32)).startswith("data:image/png;base64,")
    assert str(thumbnail(first, root=tmp_path, size=224)).startswith("data:image/jpeg;base64,")

    (tmp_path / first.path).unlink()
    (tmp_path / second.path).write_bytes(b"another")
    assert thumbnail(first, root=tmp_path, size=32) is None
    assert thumbnail(second, root=tmp_path, size=32) is None
