"""Scores come from training samples alone, and what they cost is not paid again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.data.manifest import read_manifest, write_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Split
from automl_tl.domain.subsample import LEAST, MOST
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Appraise, Appraised, Evaluate
from automl_tl.errors import Unscorable
from automl_tl.scores.labelled import label
from automl_tl.scores.panel import panel
from automl_tl.training import opening
from automl_tl.training.appraisal import appraise
from automl_tl.training.subsample import drawn, subsample
from automl_tl.zoo.base import Backbone, Zoo

CANDIDATE = Candidate(id="test_resnet", source="embedded:test_resnet")
Ask = Callable[..., Appraised]


@pytest.fixture
def ask(zoo: Zoo, manifest: Path, tmp_path: Path) -> Ask:
    def carry_out(**options: object) -> Appraised:
        usual: dict[str, object] = {
            "zoo": zoo,
            "cache": tmp_path / "cache",
            "panel": lambda features, targets, source: panel(label(features, targets), source=source),
            "threads": 1,
            "activation_bytes": 2**30,
        }
        work = Appraise(candidate=CANDIDATE, manifest=str(options.pop("manifest", manifest)), seed=0)
        return appraise(work, **(usual | options))  # type: ignore[arg-type]

    return carry_out


def test_every_score_comes_back_with_what_it_cost(ask: Ask) -> None:
    found = ask()

    assert {"logme", "ridge", "knn_1", "h_score", "ncti_spread"} <= found.scores.keys()
    assert all(np.isfinite(value) for value in found.scores.values())
    assert found.samples == found.forward_passes == 60  # the training split; not one of validation
    assert found.seconds > 0 and found.reason is None


def test_asked_again_nothing_passes_through_the_network(ask: Ask) -> None:
    first = ask()

    assert ask().forward_passes == 0
    assert ask().scores == first.scores


def test_a_probe_does_not_compute_again_what_was_scored(
    ask: Ask,
    run: Callable[..., Report],
    work: Callable[..., Evaluate],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    ask()
    passes = []
    forward = opening.Opened.whole

    def counted(self: opening.Opened) -> object:
        halves = forward(self)

        def prefix(pictures: torch.Tensor) -> tuple[torch.Tensor, ...]:
            passes.append(len(pictures))
            return halves.prefix(pictures)

        return replace(halves, prefix=prefix)

    monkeypatch.setattr(opening.Opened, "whole", counted)

    run(work(freeze_depth=4, into=str(tmp_path / "probe")))

    assert sum(passes) == 20  # validation's


def test_a_sample_without_scores_says_why(ask: Ask, manifest: Path, tmp_path: Path) -> None:
    frozen = read_manifest(manifest)
    one_class = tuple(
        replace(sample, split=Split.TEST if sample.label == "left" else sample.split)
        for sample in frozen.samples
    )
    folder = tmp_path / "one"
    folder.mkdir()
    path = write_manifest(replace(frozen, samples=one_class, fingerprint="f" * 64), folder=folder)

    found = ask(manifest=path)

    assert found.scores == {}
    assert found.reason is not None and "scores need two classes" in found.reason


def test_scores_that_a_panel_refuses_are_no_failure(ask: Ask) -> None:
    def refuse(*values: object) -> dict[str, float]:
        raise Unscorable("3 features are no finite numbers")

    assert ask(panel=refuse).reason == "3 features are no finite numbers"


def test_the_source_head_reads_the_same_features(ask: Ask, zoo: Zoo) -> None:
    class Headed:
        """The same nets, with a classifier of seven classes."""

        def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
            backbone = zoo.load(candidate, pretrained=pretrained)
            weight = torch.randn(7, backbone.spec.features, generator=torch.manual_seed(0))
            return replace(backbone, source_head=(weight, torch.zeros(7)))

        facts = staticmethod(zoo.facts)

    seen = {}

    def look(features: np.ndarray, targets: np.ndarray, source: np.ndarray) -> dict[str, float]:
        seen["source"] = source
        return panel(label(features, targets), source=source)

    found = ask(zoo=Headed(), panel=look)

    assert seen["source"].shape == (60, 7)
    assert seen["source"].sum(axis=1) == pytest.approx(np.ones(60), abs=1e-5)
    assert {"leep", "nce"} <= found.scores.keys()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(counts=st.lists(st.integers(1, 400), min_size=1, max_size=120), seed=st.integers(0, 9))
def test_the_sample_is_stratified(counts: list[int], seed: int) -> None:
    labels = [f"c{place}" for place, count in enumerate(counts) for _ in range(count)]

    rows = drawn(labels, seed=seed)

    taken = np.bincount([int(labels[row][1:]) for row in rows], minlength=len(counts))
    size = min(max(LEAST, min(MOST, 20 * len(counts))), sum(count for count in counts if count > 1))
    assert len(set(rows)) == len(rows) == size
    assert rows == sorted(rows) == drawn(labels, seed=seed)
    for count, of_class in zip(counts, taken, strict=True):
        assert of_class == 0 if count == 1 else 2 <= of_class <= count
        assert abs(of_class - len(rows) * count / sum(counts)) <= 4 + 0.05 * of_class + sum(
            c < 20 for c in counts
        )


def test_a_drawn_part_keeps_the_numbers_of_its_classes(manifest: Path) -> None:
    frozen = read_manifest(manifest)

    part = subsample(frozen, seed=1)

    assert part.classes == frozen.classes
    assert {sample.split for sample in part.samples} == {Split.TRAIN}
