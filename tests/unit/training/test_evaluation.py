import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate
from automl_tl.errors import Diverged, OutOfMemory, Stopped, TrialFailed
from automl_tl.executors.progress import Progress
from automl_tl.training import checkpoint, evaluation

Run = Callable[..., Report]
Build = Callable[..., Evaluate]


def tensors(folder: str) -> dict[str, torch.Tensor]:
    found = checkpoint.load(Path(folder))
    return {**found.network, **{f"training {name}": tensor for name, tensor in found.training.items()}}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("net", "depth", "augmentation"),
    [
        ("test_resnet", 0, 0.7),
        ("test_vit", 2, 0.0),
        ("test_efficientnet", 5, 0.7),
        ("test_efficientnet", 0, 0.0),
    ],
)
def test_a_trial_resumed_at_a_rung_is_bit_identical_to_an_unbroken_one(
    run: Run, work: Build, tmp_path: Path, net: str, depth: int, augmentation: float
) -> None:
    settings = {"freeze_depth": depth, "augmentation": augmentation, "cycles": (9,)}
    whole = run(work(net, until_epoch=4, into=str(tmp_path / "whole"), **settings))

    first = run(work(net, until_epoch=1, into=str(tmp_path / "first"), **settings))
    resumed = run(
        work(net, until_epoch=4, checkpoint=first.checkpoint, into=str(tmp_path / "second"), **settings)
    )

    assert same(tensors(whole.checkpoint), tensors(resumed.checkpoint))
    assert (resumed.epoch, resumed.value, resumed.loss) == (4, whole.value, whole.loss)
    assert resumed.train_value == whole.train_value
    assert first.steps + resumed.steps == whole.steps


def test_a_trial_learns_what_can_be_learnt(run: Run, work: Build) -> None:
    report = run(work(until_epoch=10, cycles=(10,)))

    assert report.value >= 0.9
    assert report.train_value is not None and report.train_value > 0.9
    assert report.loss < 0.3
    assert report.seconds > 0 and report.multiply_adds > 0


def test_the_same_work_asked_again_gives_its_report_at_once(run: Run, work: Build) -> None:
    first = run(work())

    again = run(work(deadline_seconds=0.0))

    assert again == first


def test_another_work_in_the_same_folder_is_carried_out(run: Run, work: Build) -> None:
    first = run(work())

    second = run(work(until_epoch=2, checkpoint=first.checkpoint))

    assert second.epoch == 2 and second.checkpoint == first.checkpoint


def test_training_from_random_weights_freezes_nothing(run: Run, work: Build) -> None:
    report = run(work(pretrained=False, freeze_depth=3))

    names = checkpoint.load(Path(report.checkpoint)).network
    assert any(name.startswith("backbone.conv1") or "stem" in name for name in names)


def test_different_seeds_draw_different_random_weights(run: Run, work: Build, tmp_path: Path) -> None:
    reports = [run(work(pretrained=False, seed=seed, into=str(tmp_path / str(seed)))) for seed in (1, 2)]

    one, other = (checkpoint.load(Path(report.checkpoint)).network for report in reports)
    assert not torch.equal(one["head.weight"], other["head.weight"])


def test_a_deadline_in_the_first_epoch_fails_the_trial(run: Run, work: Build) -> None:
    with pytest.raises(TrialFailed, match="the deadline of 0 s passed before one whole epoch was trained"):
        run(work(deadline_seconds=0.0))


def test_a_deadline_later_on_gives_the_last_whole_epoch(
    run: Run, work: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(work(into=str(tmp_path / "warm")))  # what is prepared is prepared
    ticks = iter(range(10_000))  # a clock that moves one second a look, so about one a step
    monkeypatch.setattr(evaluation, "clock", lambda: float(next(ticks)))

    cut = run(work(deadline_seconds=20.0, until_epoch=9, cycles=(9,), into=str(tmp_path / "cut")))
    plain = run(work(until_epoch=cut.epoch, cycles=(9,), into=str(tmp_path / "plain")))

    assert 1 <= cut.epoch < 9
    assert same(tensors(cut.checkpoint), tensors(plain.checkpoint))


def test_a_wished_stop_ends_the_evaluation_at_the_next_step(run: Run, work: Build, tmp_path: Path) -> None:
    progress = Progress(tmp_path / "progress")
    progress.stop()

    with pytest.raises(Stopped):
        run(work(progress=str(tmp_path / "progress")))

    assert not (tmp_path / "checkpoint").exists()


def test_steps_are_told(run: Run, work: Build, tmp_path: Path) -> None:
    report = run(work(until_epoch=2, progress=str(tmp_path / "progress")))

    steps = Progress(tmp_path / "progress").steps()
    assert steps.done == steps.total == report.steps > 0


def test_a_loss_that_is_no_number_fails_as_diverged(run: Run, work: Build) -> None:
    with pytest.raises(Diverged):
        run(work(learning_rate=math.inf))


def test_memory_that_runs_out_fails_as_out_of_memory(
    run: Run, work: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*args: object, **kwargs: object) -> None:
        torch.empty(2**55)

    monkeypatch.setattr(evaluation, "read", greedy)

    with pytest.raises(OutOfMemory):
        run(work())


def test_a_damaged_checkpoint_fails_the_trial(run: Run, work: Build, tmp_path: Path) -> None:
    report = run(work())
    (Path(report.checkpoint) / checkpoint.NETWORK).write_bytes(b"damaged")

    with pytest.raises(TrialFailed, match="cannot be read"):
        run(work(until_epoch=2, checkpoint=report.checkpoint, into=str(tmp_path / "next")))


def test_one_checkpoint_of_a_linear_probe_is_small(run: Run, work: Build) -> None:
    report = run(work("test_efficientnet", freeze_depth=5))

    size = sum(path.stat().st_size for path in Path(report.checkpoint).iterdir())
    assert size < 64 * 1024


def test_costs_count_multiply_adds_of_what_moves(run: Run, work: Build, tmp_path: Path) -> None:
    full = run(work(into=str(tmp_path / "full")))
    probe = run(work(freeze_depth=4, into=str(tmp_path / "probe")))

    assert probe.multiply_adds * 2.5 < full.multiply_adds
    assert replace(full, seconds=0.0) == replace(run(work(into=str(tmp_path / "full"))), seconds=0.0)


def test_no_temporary_folder_is_left_behind(run: Run, work: Build, tmp_path: Path) -> None:
    run(work())

    assert {path.name for path in tmp_path.iterdir()} == {"cache", "checkpoint"}


def test_probabilities_reach_the_metric_as_arrays(run: Run, work: Build) -> None:
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def measure(targets: np.ndarray, probabilities: np.ndarray) -> float:
        seen.append((targets, probabilities))
        return 0.5

    run(work(), measure=measure)

    targets, probabilities = seen[0]
    assert (targets.dtype, probabilities.dtype, probabilities.shape) == (np.int64, np.float32, (20, 2))
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
