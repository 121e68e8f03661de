"""Predictions on disk become a proof."""

from pathlib import Path

import numpy as np
import pytest

from automl_tl.domain.gate import Opening
from automl_tl.domain.work import Reading
from automl_tl.errors import AutomlError
from automl_tl.proof.reading import proof_of

TARGETS = np.arange(200) % 2


def reading(folder: Path, name: str, *, wrong: int, targets: np.ndarray = TARGETS) -> Reading:
    calls = targets.copy()
    calls[:wrong] = 1 - calls[:wrong]
    path = folder / f"{name}.npz"
    np.savez(path, targets=targets, probabilities=np.eye(2, dtype=np.float32)[calls] * 0.8 + 0.1)
    return Reading(name=name, value=0.0, predictions=str(path))


def test_a_proof_holds_values_intervals_and_paired_gains(tmp_path: Path) -> None:
    readings = [
        reading(tmp_path, "challenger", wrong=10),
        reading(tmp_path, "champion", wrong=12),
        reading(tmp_path, "majority", wrong=100),
    ]

    proof = proof_of(
        readings,
        metric="accuracy",
        opening=Opening(number=2, reading=1),
        alpha=0.05,
        seed=0,
        champion_version=4,
    )

    assert proof.samples == 200 and proof.opening == 2 and proof.champion_version == 4
    assert proof.values == pytest.approx({"challenger": 0.95, "champion": 0.94, "majority": 0.5})
    assert proof.intervals["challenger"].low < 0.95 < proof.intervals["challenger"].high
    majority, champion = proof.gain_over("majority"), proof.gain_over("champion")
    assert majority is not None and majority.interval.low > 0.3
    assert champion is not None and champion.mean == pytest.approx(0.01)
    assert champion.interval.low <= 0.0
    assert proof.gain_over("challenger") is None


def test_readings_of_different_samples_are_never_compared(tmp_path: Path) -> None:
    readings = [
        reading(tmp_path, "challenger", wrong=1),
        reading(tmp_path, "majority", wrong=1, targets=1 - TARGETS),
    ]

    with pytest.raises(AutomlError, match="majority was read on other samples"):
        proof_of(readings, metric="accuracy", opening=Opening(number=1, reading=1), alpha=0.05, seed=0)
