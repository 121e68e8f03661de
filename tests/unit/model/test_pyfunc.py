import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from automl_tl.model.artifact import save
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.pyfunc import InputRefused, Served, _load_pyfunc
from automl_tl.model.spec import ModelSpec


@pytest.fixture
def opened(tmp_path: Path, spec: ModelSpec, network: Network) -> Served:
    save(tmp_path / "model", spec=spec, network=network)
    return _load_pyfunc(str(tmp_path / "model"))


def array_of(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(picture)))


def in_base64(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def test_every_way_to_give_a_picture_gives_what_the_predictor_gives(
    opened: Served, tmp_path: Path, spec: ModelSpec, network: Network, pictures: list[bytes]
) -> None:
    file, picture = tmp_path / "one.png", pictures[0]
    file.write_bytes(picture)
    array = array_of(picture)
    ways = [str(file), picture, bytearray(picture), in_base64(picture), array, Image.open(BytesIO(picture))]
    opaque = np.dstack([array, np.full(array.shape[:2], 255, np.uint8)])
    expected = Predictor(spec=spec, network=network).predict([picture] * 7)

    found = opened.predict(pd.DataFrame({"id": range(7), "image": [*ways, opaque]}))

    assert list(found.columns) == [
        "label", "guess", "probability", "probability_cat", "probability_dog", "probability_eel",
    ]  # fmt: skip
    assert np.abs(found.iloc[:, 3:].to_numpy() - expected).max() <= 1e-6
    assert found["probability"].to_numpy() == pytest.approx(expected.max(axis=1))
    assert set(found["label"]) == {spec.classes[int(expected[0].argmax())]}


def test_every_container_of_pictures_will_do(opened: Served, pictures: list[bytes]) -> None:
    texts = [in_base64(picture) for picture in pictures]
    arrays = np.stack([array_of(picture) for picture in pictures])
    containers = [
        pictures,
        texts,
        pd.DataFrame({"image": texts}),
        pd.DataFrame({"whatever": texts}),
        pd.Series(texts),
        {"image": texts},
        [{"image": text} for text in texts],
        pd.DataFrame({"image": [texts]}),
        {"image": np.array(texts)},
        arrays,
        list(arrays),
    ]

    found = [opened.predict(given) for given in containers]

    assert all(len(answers) == 5 for answers in found)
    assert all(np.abs(answers.iloc[:, 3:] - found[0].iloc[:, 3:]).max(axis=None) <= 1e-6 for answers in found)


def test_grey_arrays_are_pictures_too(opened: Served, pictures: list[bytes]) -> None:
    grey = np.asarray(Image.open(BytesIO(pictures[0])).convert("L"))
    as_colour = np.dstack([grey] * 3)

    found = opened.predict([grey, grey[..., None], as_colour])

    assert np.abs(found.iloc[:, 3:] - found.iloc[0, 3:]).max(axis=None) <= 1e-6


def test_one_picture_by_itself_is_one_row(opened: Served, pictures: list[bytes]) -> None:
    assert len(opened.predict(pictures[0])) == len(opened.predict(array_of(pictures[0]))) == 1


def test_params_abstain_and_leave_probabilities_out(opened: Served, pictures: list[bytes]) -> None:
    sure = float(opened.predict(pictures)["probability"].median())

    found = opened.predict(pictures, {"abstain_below": sure, "probabilities": False})

    assert list(found.columns) == ["label", "guess", "probability"]
    assert list(found["guess"]) == list(opened.predict(pictures)["label"])
    assert [label is None for label in found["label"]] == list(found["probability"] < sure)
    assert found["label"].isna().sum() == 2


def test_it_abstains_by_a_hair_that_float32_does_not_see(opened: Served, pictures: list[bytes]) -> None:
    (found,) = opened.predict(pictures[:1])["probability"].tolist()

    (exactly, just_above) = (
        opened.predict(pictures[:1], {"abstain_below": least})["label"][0]
        for least in (found, float(np.nextafter(found, 1.0)))
    )

    assert exactly is not None and just_above is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["/no/such/file.png"], r"row 0 is '/no/such/file\.png', neither the path of a file nor a picture"),
        (["the film was great, I laughed a lot and cried"], r"row 0 is 'the film .*…, neither"),
        (["größer"], "row 0 is 'größer', neither"),
        ([""], "row 0 is '', neither"),
        ([3], "row 0 is int 3, but a picture comes as path, bytes, base64, uint8 array or PIL image"),
        ([0.25], "row 0 is float 0.25, but"),
        ([None], "row 0 is NoneType None, but"),
        ([b"RIFF\x24\x00\x00\x00WAVEfmt "], "a picture is not a picture in a format that can be read"),
        ([np.full((4, 4, 3), np.nan)], "row 0 is an array with NaN or infinity, but pixels are"),
        ([np.zeros((4, 4, 3), np.float32)], "row 0 is an array of float32, but pixels are uint8, 0 to 255"),
        ([np.zeros((4, 4, 2), np.uint8)], r"row 0 is an array of shape \[4, 4, 2\], but pictures are"),
        ([np.zeros(16000, np.uint8)], r"row 0 is an array of shape \[16000\], but pictures are"),
        ([np.zeros((0, 4), np.uint8)], r"row 0 is an array of shape \[0, 4\], but pictures are"),
        (pd.DataFrame({"a": [1], "b": [2]}), "the columns are a, b, but pictures stand in a column 'image'"),
        (pd.DataFrame(), "the columns are none, but"),
        ({"text": ["good"], "label": ["x"]}, "the columns are text, label, but"),
    ],
)
def test_what_is_no_picture_is_said_in_one_sentence(opened: Served, given: object, words: str) -> None:
    with pytest.raises(InputRefused, match=words) as caught:
        opened.predict(given)

    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


def test_the_wrong_row_is_counted(opened: Served, pictures: list[bytes]) -> None:
    with pytest.raises(InputRefused, match="row 2 is int 7"):
        opened.predict([pictures[0], pictures[1], 7])


def test_no_rows_give_no_rows(opened: Served) -> None:
    assert list(opened.predict(pd.DataFrame({"image": []})).columns)[:3] == ["label", "guess", "probability"]


def test_a_scoring_server_reads_no_files_of_its_own(
    opened: Served, tmp_path: Path, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.png").write_bytes(pictures[0])
    monkeypatch.setenv("_MLFLOW_IS_IN_SERVING_ENVIRONMENT", "true")

    assert len(opened.predict([in_base64(pictures[0])])) == 1
    with pytest.raises(InputRefused, match="not a picture in base64"):
        opened.predict([str(tmp_path / "one.png")])
