"""The challenger is chosen by validation and retest together."""

from pathlib import Path

import numpy as np
import pytest

from automl_tl.data.manifest import freeze
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.domain.work import Reading
from automl_tl.proof.choice import tied, together


def manifest(*, validation: int, retest: int) -> Manifest:
    splits = [Split.TRAIN] * 2 + [Split.VALIDATION] * validation + [Split.RETEST] * retest
    samples = [
        Sample(path=f"{n}.png", size=1, sha256=f"{n:064x}", label="ab"[n % 2], split=split)
        for n, split in enumerate(splits)
    ]
    return freeze(samples, modality=Modality.IMAGE, dataset_name="d", root="/")


def reading(name: str, *, missed: range, samples: int, folder: Path) -> Reading:
    targets = np.arange(samples) % 2
    calls = targets.copy()
    calls[missed.start : missed.stop] ^= 1
    path = folder / f"{name}.npz"
    np.savez(path, targets=targets, probabilities=np.eye(2, dtype=np.float32)[calls] * 0.9 + 0.05)
    return Reading(name=name, value=float((calls == targets).mean()), predictions=str(path))


def names(found: tuple[Reading, ...]) -> list[str]:
    return [each.name for each in found]


def test_a_value_counts_by_the_samples_it_was_seen_on() -> None:
    known = manifest(validation=300, retest=100)

    assert together(validation=0.8, retest=0.9, manifest=known, metric="accuracy") == pytest.approx(0.825)
    assert together(validation=-0.8, retest=-0.9, manifest=known, metric="log_loss") == -0.9


def test_what_is_near_on_both_and_not_told_apart_by_retest_is_tied(tmp_path: Path) -> None:
    known = manifest(validation=800, retest=200)
    first = reading("1", missed=range(10), samples=200, folder=tmp_path)
    alike = reading("2", missed=range(11), samples=200, folder=tmp_path)
    far = reading("3", missed=range(40), samples=200, folder=tmp_path)
    values = {"1": 0.9, "2": 0.896, "3": 0.896}

    found = tied([first, alike, far], values=values, manifest=known, metric="accuracy", seed=0)

    assert names(found) == ["1", "2"]
    assert names(
        tied([first, alike], values={"1": 0.9, "2": 0.894}, manifest=known, metric="accuracy", seed=0)
    ) == ["1"]


def test_of_few_samples_one_is_no_matter(tmp_path: Path) -> None:
    few = manifest(validation=20, retest=20)
    first = reading("1", missed=range(2), samples=20, folder=tmp_path)
    second = reading("2", missed=range(3), samples=20, folder=tmp_path)

    def standing(value: float) -> list[str]:
        values = {"1": 0.9, "2": value}
        return names(tied([first, second], values=values, manifest=few, metric="accuracy", seed=0))

    assert standing(0.9 - 1 / 40) == ["1", "2"]
    assert standing(0.9 - 2 / 40) == ["1"]


def test_of_log_loss_one_standard_error_alone_decides(tmp_path: Path) -> None:
    known = manifest(validation=300, retest=200)
    first = reading("1", missed=range(10), samples=200, folder=tmp_path)
    alike = reading("2", missed=range(1, 12), samples=200, folder=tmp_path)
    far = reading("3", missed=range(40), samples=200, folder=tmp_path)
    values = {"1": -0.3, "2": -0.35, "3": -0.6}

    found = tied([first, alike, far], values=values, manifest=known, metric="log_loss", seed=0)

    assert names(found) == ["1", "2"]
