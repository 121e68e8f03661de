from pathlib import Path

import numpy as np
import pytest

from automl_tl.errors import RequestError
from automl_tl.model.artifact import load
from automl_tl.serving.predict import predict


def test_answers_follow_the_inputs_and_folders_unfold(artifact: Path, labelled_folder: Path) -> None:
    (labelled_folder / "red" / "notes.txt").write_text("no picture")
    single = labelled_folder / "red" / "3.png"

    answers = predict(load(artifact), [single, labelled_folder / "blue"], batch_size=2)

    expected = [single, *(labelled_folder / "blue" / f"{i}.png" for i in range(4))]
    assert [answer["input"] for answer in answers] == [str(path) for path in expected]


def test_answer_names_the_likeliest_class(artifact: Path, labelled_folder: Path) -> None:
    predictor = load(artifact)
    picture = labelled_folder / "red" / "0.png"

    (answer,) = predict(predictor, [picture])

    row = predictor.predict([picture])[0]
    assert answer["label"] == predictor.spec.classes[int(np.argmax(row))]
    assert answer["probability"] == pytest.approx(float(row.max()))
    assert answer["probabilities"] == pytest.approx({"blue": float(row[0]), "red": float(row[1])})


def test_unreadable_input_is_named(artifact: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno more")
    empty = tmp_path / "empty"
    empty.mkdir()
    predictor = load(artifact)

    for path, words in [
        (broken, "broken"),
        (tmp_path / "gone.png", "there is no file"),
        (empty, "no picture"),
    ]:
        with pytest.raises(RequestError, match=words):
            predict(predictor, [path])
