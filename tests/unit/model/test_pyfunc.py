import base64
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_tl.model.artifact import save
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.pyfunc import Pictures, _load_pyfunc
from automl_tl.model.spec import ModelSpec


@pytest.fixture
def opened(tmp_path: Path, spec: ModelSpec, network: Network) -> Pictures:
    save(tmp_path / "model", spec=spec, network=network)
    return _load_pyfunc(str(tmp_path / "model"))


def test_paths_bytes_and_base64_give_what_the_predictor_gives(
    opened: Pictures, tmp_path: Path, spec: ModelSpec, network: Network, pictures: list[bytes]
) -> None:
    file = tmp_path / "one.png"
    file.write_bytes(pictures[0])
    expected = Predictor(spec=spec, network=network).predict([pictures[0]] * 3)

    found = opened.predict(
        pd.DataFrame({"image": [str(file), pictures[0], base64.b64encode(pictures[0]).decode()]})
    )

    assert list(found.columns) == [
        "label", "probability", "probability_cat", "probability_dog", "probability_eel",
    ]  # fmt: skip
    assert np.abs(found.iloc[:, 2:].to_numpy() - expected).max() <= 1e-6
    assert found["probability"].to_numpy() == pytest.approx(expected.max(axis=1))
    assert set(found["label"]) == {spec.classes[int(expected[0].argmax())]}


def test_a_list_will_do(opened: Pictures, pictures: list[bytes]) -> None:
    assert len(opened.predict(pictures)) == 5


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["/no/such/file.png"], "neither"),
        ([3], "int"),
        (pd.DataFrame({"a": [1], "b": [2]}), "column 'image'"),
    ],
)
def test_what_is_no_picture_is_said(opened: Pictures, given: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        opened.predict(given)
