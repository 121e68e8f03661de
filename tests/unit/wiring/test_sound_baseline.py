"""Rising and falling tones are told apart by the cheap classifiers, and said how."""

from pathlib import Path

import pytest
import sound_nets

from automl_tl.domain.dataset import Split
from automl_tl.domain.work import Prove
from automl_tl.wiring.sound_baseline import cheap_on_sounds


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_cheap_classifiers_hear_sounds(tmp_path: Path) -> None:
    manifest = sound_nets.draw_glides(tmp_path)
    work = Prove(
        split=Split.VALIDATION, manifest="", metric="accuracy", contenders=(), into=str(tmp_path), seed=0
    )

    found = cheap_on_sounds(work, manifest, tmp_path / "cache")

    said = found.probabilities.argmax(axis=1) == [
        ("down", "up").index(("up", "down")[i % 2]) for i in range(20)
    ]
    assert said.mean() >= 0.9
    assert found.detail.endswith("on statistics of 20 MFCCs")
