import struct
import tracemalloc
import wave
from collections.abc import Callable, Iterator
from itertools import islice, repeat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from automl_tl.domain.prediction import OnError, PredictionTerms
from automl_tl.errors import OperatorError, RequestError
from automl_tl.registry.folder import FolderRegistry
from automl_tl.serving.load import Served, ServedModels
from automl_tl.serving.predict import predict

TERMS = PredictionTerms()
TOLD = PredictionTerms(on_error=OnError.TELL)


@pytest.fixture
def served(registry: FolderRegistry) -> Served:
    return ServedModels(registry).get("colours")


def write_sound(path: Path) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(struct.pack("<100h", *range(100)))


def test_answers_follow_the_inputs_and_folders_unfold(served: Served, labelled_folder: Path) -> None:
    (labelled_folder / "red" / "notes.txt").write_text("no picture")
    single = labelled_folder / "red" / "3.png"

    answers = list(predict(served, [single, labelled_folder / "blue"], terms=TERMS))

    expected = [single, *(labelled_folder / "blue" / f"{i}.png" for i in range(4))]
    assert [answer["input"] for answer in answers] == [str(path) for path in expected]


def test_answer_names_the_likeliest_class_and_where_it_came_from(
    served: Served, labelled_folder: Path
) -> None:
    picture = labelled_folder / "red" / "0.png"

    (answer,) = predict(served, [picture], terms=TERMS)

    row = served.predictor.predict([picture])[0]
    guess = served.predictor.spec.classes[int(np.argmax(row))]
    assert answer == {
        "input": str(picture),
        "label": guess,
        "guess": guess,
        "probability": pytest.approx(float(row.max())),
        "abstained": False,
        "probabilities": pytest.approx({"blue": float(row[0]), "red": float(row[1])}),
        "version": 1,
        "digest": served.digest,
    }


def test_below_the_threshold_no_label_is_given(served: Served, labelled_folder: Path) -> None:
    pictures = sorted(labelled_folder.glob("*/*.png"))
    plain = {str(a["input"]): a for a in predict(served, pictures, terms=TERMS)}
    threshold = float(np.median([a["probability"] for a in plain.values()]))

    answers = list(predict(served, pictures, terms=PredictionTerms(abstain_below=threshold)))

    assert {answer["abstained"] for answer in answers} == {True, False}
    for answer in answers:
        before = plain[answer["input"]]
        is_unsure = before["probability"] < threshold
        label = None if is_unsure else before["label"]
        assert answer == {**before, "label": label, "abstained": is_unsure}


def test_what_cannot_be_answered_is_named_and_told_apart(served: Served, tmp_path: Path) -> None:
    broken, sound, text, empty = (tmp_path / name for name in ("broken.png", "dog.wav", "a.png", "empty.png"))
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno more")
    write_sound(sound)
    text.write_text("a dog\n")
    empty.write_bytes(b"")
    folder = tmp_path / "folder"
    folder.mkdir()
    good = tmp_path / "good.png"
    Image.new("RGB", (20, 20), (200, 0, 0)).save(good)
    wanted = {
        broken: "broken.png is not a picture in a format that can be read",
        sound: "dog.wav is a WAV sound, but this model expects a picture",
        text: "a.png is a text, but this model expects a picture",
        empty: "empty.png is empty",
        tmp_path / "gone.png": "there is no file",
        folder: "is a folder, but the file of a picture is expected",
        Path("a\0b.png"): "cannot be read",
    }

    answers = list(predict(served, [*wanted, good], terms=TOLD))

    for (path, words), answer in zip(wanted.items(), answers, strict=False):
        assert answer["input"] == str(path)
        assert words in answer["error"]["detail"]
    assert answers[-1]["label"] in ("red", "blue")
    for path, words in wanted.items():
        with pytest.raises(RequestError, match="holds no picture" if path == folder else words):
            list(predict(served, [path], terms=TERMS))


def test_probabilities_that_are_none_are_an_error(
    registry: FolderRegistry,
    save_model: Callable[..., Path],
    tmp_path: Path,
    labelled_folder: Path,
) -> None:
    spoilt = save_model(tmp_path / "spoilt", spoil=True)
    registry.register(name="colours", artifact=spoilt, decision="d2", tags={})
    served = ServedModels(registry).get("colours", alias="2")

    with pytest.raises(OperatorError, match=r"version 2 of colours predicts nan for .*0\.png"):
        list(predict(served, [labelled_folder / "red" / "0.png"], terms=TERMS))


def test_any_number_of_inputs_is_read_with_little_memory(served: Served, labelled_folder: Path) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        for path in repeat(labelled_folder / "red" / "0.png"):
            taken += 1
            yield path

    answers = predict(served, endless(), terms=TOLD)
    assert len(list(islice(answers, 2000))) == 2000
    ahead = taken - 2000
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    assert len([0 for _ in islice(answers, 6000)]) == 6000
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert ahead < 2000
    assert after - before < 4 * 2**20
    answers.close()
