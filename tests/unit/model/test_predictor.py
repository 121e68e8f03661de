from pathlib import Path

import numpy as np
import pytest
import torch

from automl_tl.model.network import Network
from automl_tl.model.picture import load_picture
from automl_tl.model.predictor import Predictor
from automl_tl.model.prepared import normalise
from automl_tl.model.spec import ImagePreprocessing, ModelSpec


def test_normalised_mean_colour_is_zero() -> None:
    look = ImagePreprocessing(size=2, mean=(51 / 255, 102 / 255, 153 / 255), std=(0.5, 0.25, 0.2))
    picture = torch.tensor([51, 102, 153], dtype=torch.uint8).view(1, 3, 1, 1).expand(1, 3, 2, 2)

    assert normalise(picture, look).abs().max() <= 1e-6
    assert normalise(picture + 51, look)[0, :, 0, 0].tolist() == pytest.approx([0.4, 0.8, 1.0])


def test_fresh_head_finds_all_classes_equally_likely(spec: ModelSpec, network: Network) -> None:
    fresh = Network(backbone=network.backbone, features=12, classes=3)

    found = Predictor(spec=spec, network=fresh).predict_prepared(
        [torch.zeros(2, 3, 16, 16, dtype=torch.uint8)]
    )

    assert np.allclose(found, 1 / 3)


def test_prepared_pictures_and_files_give_the_same(
    spec: ModelSpec, network: Network, pictures: list[bytes], tmp_path: Path
) -> None:
    predictor = Predictor(spec=spec, network=network)
    prepared = np.stack([load_picture(picture, preprocessing=spec.preprocessing) for picture in pictures])
    batch = torch.from_numpy(prepared).permute(0, 3, 1, 2)
    files = [tmp_path / f"{i}.png" for i in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        file.write_bytes(picture)

    found = predictor.predict(files, batch_size=2)

    assert found.dtype == np.float32
    assert np.abs(found - predictor.predict_prepared([batch])).max() <= 1e-6
    assert np.allclose(found.sum(axis=1), 1)


def test_temperature_divides_the_logits(spec: ModelSpec, network: Network, pictures: list[bytes]) -> None:
    predictor = Predictor(spec=spec, network=network)
    prepared = [torch.zeros(1, 3, 16, 16, dtype=torch.uint8)]

    logits = predictor.logits(prepared) / spec.temperature

    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert predictor.predict_prepared(prepared) == pytest.approx(expected, abs=1e-6)


def test_no_pictures_give_no_rows(spec: ModelSpec, network: Network) -> None:
    assert Predictor(spec=spec, network=network).predict([]).shape == (0, 3)


def test_grey_nets_read_colour_pictures(pictures: list[bytes], spec: ModelSpec) -> None:
    look = ImagePreprocessing(size=16, mean=(0.5,), std=(0.5,), channels=1)

    assert load_picture(pictures[0], preprocessing=look).shape == (16, 16, 1)
