"""A saved model of sounds answers as it did, whatever form a sound comes in."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch

from automl_tl.model.artifact import load, save
from automl_tl.model.backbone import build_backbone
from automl_tl.model.description import read_card
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.pyfunc import InputRefused, _load_pyfunc
from automl_tl.model.sound import SoundUnreadable
from automl_tl.model.sound_preparer import Waveform
from automl_tl.model.spec import BackboneSpec, ModelSpec
from automl_tl.zoo.front_ends import audioset

RATE = 16_000


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    backbone = BackboneSpec(
        library="plain",
        architecture="automl_tl.plain_net",
        features=12,
        arguments={"widths": [8, 12], "layers": 1, "in_chans": 1},
    )
    look = audioset(frames=32, bands=16).fitted(RATE // 2)
    torch.manual_seed(0)
    network = Network(backbone=build_backbone(backbone), features=12, classes=2)
    torch.nn.init.normal_(network.head.weight)
    return Predictor(
        spec=ModelSpec(backbone=backbone, preprocessing=look, classes=("hum", "hiss")), network=network
    )


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(-5000, 5000, RATE // 3, np.int16)


def _file(samples: np.ndarray) -> bytes:
    file = BytesIO()
    soundfile.write(file, samples, RATE, format="WAV")
    return file.getvalue()


def test_a_saved_model_of_sounds_answers_as_it_did(
    predictor: Predictor, noise: np.ndarray, tmp_path: Path
) -> None:
    save(tmp_path / "model", spec=predictor.spec, network=predictor.network)

    again = load(tmp_path / "model")

    assert again.spec == predictor.spec and again.spec.modality == "audio"
    assert np.array_equal(again.predict([_file(noise)]), predictor.predict([_file(noise)]))


def test_files_bytes_and_arrays_are_one_sound(
    predictor: Predictor, noise: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "noise.wav").write_bytes(_file(noise))
    stereo = np.stack([noise, noise], axis=1) / np.float32(32768)

    found = predictor.predict(
        [
            tmp_path / "noise.wav",
            _file(noise),
            Waveform(samples=noise, rate=RATE),
            Waveform(samples=stereo, rate=RATE),
        ]
    )

    assert np.allclose(found, found[0], atol=1e-5)


def test_what_is_no_sound_is_named(predictor: Predictor) -> None:
    with pytest.raises(SoundUnreadable, match=r"^a sound is empty$"):
        predictor.predict([b""])


def test_mlflows_form_takes_a_column_of_sounds(
    predictor: Predictor, noise: np.ndarray, tmp_path: Path
) -> None:
    save(tmp_path / "model", spec=predictor.spec, network=predictor.network)
    cells = [_file(noise), {"array": noise, "sampling_rate": RATE}]

    served = _load_pyfunc(str(tmp_path / "model"))

    answers = served.predict(pd.DataFrame({"audio": cells}))
    assert answers["label"].nunique() == 1
    assert np.allclose(answers[["probability_hum", "probability_hiss"]], predictor.predict([_file(noise)]))
    assert read_card(tmp_path / "model")["signature"]["inputs"][0]["name"] == "audio"
    with pytest.raises(InputRefused, match="row 0 is an array alone, but its rate is needed"):
        served.predict([noise])
