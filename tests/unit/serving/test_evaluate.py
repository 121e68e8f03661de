from pathlib import Path

import numpy as np
import pytest

from automl_tl.domain.gate import Interval
from automl_tl.errors import DatasetRefused, RequestError
from automl_tl.model.artifact import load
from automl_tl.serving.evaluate import Evaluation, Probabilities, Targets, evaluate, read_labelled


def _accuracy(targets: Targets, probabilities: Probabilities) -> float:
    return float((probabilities.argmax(axis=1) == targets).mean())


def _evaluate(artifact: Path, folder: Path) -> Evaluation:
    return evaluate(
        load(artifact),
        read_labelled(folder),
        metric="accuracy",
        measure=_accuracy,
        interval=lambda targets, _: Interval(low=0.0, high=len(targets) / 10),
    )


def test_value_is_the_metric_of_the_models_predictions(artifact: Path, labelled_folder: Path) -> None:
    predictor = load(artifact)
    files = sorted(labelled_folder.glob("*/*.png"))
    found = predictor.predict(files).argmax(axis=1)
    truth = np.array([predictor.spec.classes.index(file.parent.name) for file in files])

    evaluation = _evaluate(artifact, labelled_folder)

    assert evaluation == {
        "metric": "accuracy",
        "value": pytest.approx((found == truth).mean()),
        "interval": [0.0, 0.8],
        "samples": 8,
    }


def test_given_test_split_is_the_only_one_read(artifact: Path, labelled_folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    for split, count in [("train", 3), ("test", 1)]:
        for label in ("red", "blue"):
            (whole / split / label).mkdir(parents=True)
            for i in range(count):
                (whole / split / label / f"{i}.png").write_bytes(
                    (labelled_folder / label / f"{i}.png").read_bytes()
                )

    assert _evaluate(artifact, whole)["samples"] == 2


def test_class_that_the_model_does_not_know_is_named(artifact: Path, labelled_folder: Path) -> None:
    (labelled_folder / "blue").rename(labelled_folder / "green")

    with pytest.raises(RequestError, match=r"green, but the model knows blue, red"):
        _evaluate(artifact, labelled_folder)


def test_unreadable_picture_is_named(artifact: Path, labelled_folder: Path) -> None:
    (labelled_folder / "red" / "2.png").write_bytes(b"broken")

    with pytest.raises(RequestError, match=r"1 pictures cannot be read; red/2\.png"):
        _evaluate(artifact, labelled_folder)


def test_folder_without_class_folders_is_refused(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()

    with pytest.raises(DatasetRefused):
        _evaluate(artifact, tmp_path / "none")
