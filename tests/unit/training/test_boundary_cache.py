"""What is computed from kept activations is what is computed from pictures, and frozen means once."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from automl_tl.data.manifest import freeze, read_manifest, write_manifest
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate
from automl_tl.training import features, preparation
from automl_tl.training.plan import Plan
from automl_tl.training.way import Varied, Way

Run = Callable[..., Report]
Build = Callable[..., Evaluate]
MIDDLE = [("test_resnet", 2), ("test_vit", 3), ("test_efficientnet", 3)]


def _planned(way: Way) -> Callable[..., Plan]:
    def plan(*, depth: int, **facts: object) -> Plan:
        kept = depth if way is Way.FROM_BOUNDARY else None
        return Plan(way=way, varied=Varied.NOTHING, kept=kept, told="")

    return plan


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Samples that a frozen prefix was run on, a batch each."""
    seen: list[int] = []
    compute = features.Activations._compute

    def counted(self: features.Activations, *args: object) -> Iterator[object]:
        for batch in compute(self, *args):  # type: ignore[arg-type]
            seen.append(len(batch[0]))
            yield batch

    monkeypatch.setattr(features.Activations, "_compute", counted)
    return seen


def test_frozen_means_computed_once(run: Run, work: Build, tmp_path: Path, computed: list[int]) -> None:
    for number in range(3):
        run(
            work(freeze_depth=4, until_epoch=3, learning_rate=1e-3 * number, into=str(tmp_path / f"{number}"))
        )

    assert sum(computed) == 80  # 60 to train on, 20 to validate on


def test_a_dataset_that_grew_costs_only_its_new_samples(
    run: Run,
    work: Build,
    manifest: Path,
    tmp_path: Path,
    computed: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preparation, "plan", _planned(Way.FROM_BOUNDARY))
    frozen = read_manifest(manifest)

    def without(*paths: str) -> str:
        samples = [sample for sample in frozen.samples if sample.path not in paths]
        fewer = freeze(samples, modality=frozen.modality, dataset_name="fewer", root=frozen.root)
        return str(write_manifest(fewer, folder=tmp_path))

    run(work(freeze_depth=3, manifest=without("007.png", "011.png"), into=str(tmp_path / "before")))
    del computed[:]
    now = {"freeze_depth": 3, "until_epoch": 2, "manifest": without("007.png")}
    grown = run(work(into=str(tmp_path / "grown"), **now))

    assert sum(computed) == 2  # the new sample, at its boundary and for the head
    anew = run(work(into=str(tmp_path / "anew"), **now), cache=tmp_path / "empty")
    assert grown.loss == pytest.approx(anew.loss, rel=1e-4)


def test_the_head_start_shares_its_features_with_linear_probes(
    run: Run, work: Build, tmp_path: Path, computed: list[int]
) -> None:
    run(work("test_efficientnet", freeze_depth=5, into=str(tmp_path / "probe")))
    before = sum(computed)

    run(work("test_efficientnet", freeze_depth=0, into=str(tmp_path / "full")))

    assert sum(computed) == before


def test_the_pass_that_fills_a_probe_tells_how_fast_passes_are(run: Run, work: Build, tmp_path: Path) -> None:
    run(work("test_efficientnet", freeze_depth=5, into=str(tmp_path / "probe")), cache=tmp_path / "home")

    told = [json.loads(path.read_text()) for path in (tmp_path / "home" / "speeds").glob("*.json")]
    assert [figures["seconds_a_picture"] > 0 for figures in told if "seconds_a_picture" in figures] == [True]


def test_where_nothing_may_be_kept_a_linear_probe_is_solved_all_the_same(
    run: Run, work: Build, tmp_path: Path, forget: Callable[[], None]
) -> None:
    kept = run(work("test_efficientnet", freeze_depth=5, into=str(tmp_path / "kept")))

    forget()  # a head that is known is not solved again
    bare = run(work("test_efficientnet", freeze_depth=5, into=str(tmp_path / "bare")), activation_bytes=0)

    assert bare.loss == pytest.approx(kept.loss, abs=1e-4)


def test_a_head_that_starts_at_random_is_worse_after_one_epoch(run: Run, work: Build, tmp_path: Path) -> None:
    at_random = run(work("test_efficientnet", head_start=False, into=str(tmp_path / "random")))

    solved = run(work("test_efficientnet", into=str(tmp_path / "solved")))

    assert solved.loss < 0.8 * at_random.loss


@pytest.mark.parametrize(("net", "depth"), MIDDLE)
def test_loss_with_the_cache_equals_loss_without(
    run: Run, work: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, net: str, depth: int
) -> None:
    found = {}
    for way in (Way.FROM_BOUNDARY, Way.THROUGH_PREFIX):
        monkeypatch.setattr(preparation, "plan", _planned(way))
        found[way] = run(work(net, freeze_depth=depth, until_epoch=3, into=str(tmp_path / way)))
    monkeypatch.setattr(preparation.Opened, "halves", lambda self, depth: None)
    monkeypatch.setattr(preparation, "plan", _planned(Way.WHOLE))
    whole = run(work(net, freeze_depth=depth, until_epoch=3, into=str(tmp_path / "whole")))

    for report in found.values():
        assert report.loss == pytest.approx(whole.loss, abs=1e-4)
        assert report.value == whole.value
        assert report.train_value == whole.train_value


@pytest.mark.parametrize("augmentation", [0.0, 0.8])
def test_without_room_activations_are_computed_and_nothing_else_changes(
    run: Run, work: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, augmentation: float
) -> None:
    settings = {"freeze_depth": 4, "until_epoch": 2, "augmentation": augmentation}
    kept = run(work(into=str(tmp_path / "kept"), **settings))

    in_memory = run(work(into=str(tmp_path / "memory"), **settings), activation_bytes=1)
    monkeypatch.setattr(features, "_MEMORY_BYTES", 0)
    by_batch = run(work(into=str(tmp_path / "batch"), **settings), activation_bytes=1)

    assert in_memory.loss == kept.loss
    assert by_batch.loss == pytest.approx(kept.loss, abs=1e-4)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_cache_is_done_without(run: Run, work: Build, tmp_path: Path) -> None:
    report = run(work(into=str(tmp_path / "one")))
    folder = tmp_path / "cache" / "activations"
    folder.chmod(0o500)

    try:
        assert run(work(freeze_depth=4, into=str(tmp_path / "two"))).epoch == report.epoch
    finally:
        folder.chmod(0o700)


def test_half_precision_halves_the_bytes_and_moves_the_loss_little(
    run: Run, work: Build, tmp_path: Path
) -> None:
    whole = run(
        work("test_efficientnet", freeze_depth=3, until_epoch=3, into=str(tmp_path / "whole")),
        cache=tmp_path / "32",
    )

    half = run(
        work("test_efficientnet", freeze_depth=3, until_epoch=3, into=str(tmp_path / "half")),
        cache=tmp_path / "16",
        activation_floats=np.float16,
    )

    halved = [path.stat().st_size for path in (tmp_path / "16").glob("activations/*/0.f16")]
    kept = [path.stat().st_size for path in (tmp_path / "32").glob("activations/*/0.f32")]
    assert len(halved) == 2 and {2 * size for size in halved} <= set(kept)
    assert half.loss == pytest.approx(whole.loss, rel=1e-2)
    assert "kept in float16 behind stage 3" in half.notes


def test_views_are_computed_once_for_all_trials_and_epochs(
    run: Run, work: Build, tmp_path: Path, computed: list[int]
) -> None:
    settings = {"freeze_depth": 3, "until_epoch": 3, "augmentation": 0.8}

    found = [
        run(work(seed=seed, into=str(tmp_path / f"{seed}"), **settings), activation_views=2)
        for seed in (1, 2)
    ]

    assert sum(computed) == 60 + (60 + 20) + 2 * 60  # for the head, the pictures as they are, the views
    assert all("2 kept views varied" in report.notes for report in found)
    assert found[0].loss != found[1].loss


def test_a_trial_with_views_resumes_to_the_bit(run: Run, work: Build, tmp_path: Path) -> None:
    settings = {"freeze_depth": 3, "augmentation": 0.8}
    unbroken = run(work(until_epoch=3, into=str(tmp_path / "unbroken"), **settings), activation_views=2)
    first = run(work(until_epoch=1, into=str(tmp_path / "first"), **settings), activation_views=2)

    resumed = run(
        work(until_epoch=3, checkpoint=first.checkpoint, into=str(tmp_path / "resumed"), **settings),
        activation_views=2,
    )

    assert resumed.loss == unbroken.loss
