import pytest

from automl_tl.model.spec import ImagePreprocessing
from automl_tl.zoo.transformers_layout import card, preprocessing

VIT = {"model_type": "vit", "image_size": 224}


def _look(pictures: dict[str, object], *, image_size: int | None = None) -> ImagePreprocessing:
    return preprocessing(card(VIT, pictures=pictures, weights=None), image_size=image_size)


def test_squeezed_pictures() -> None:
    look = _look({"size": {"height": 384, "width": 384}, "resample": 3, "image_mean": [0.1, 0.2, 0.3]})

    assert (look.size, look.crop_mode, look.interpolation) == (384, "squash", "bicubic")
    assert look.mean == (0.1, 0.2, 0.3)


def test_pictures_cut_out_of_larger_ones() -> None:
    look = _look(
        {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": True}
    )

    assert (look.size, look.crop_mode, look.crop_share) == (224, "center", pytest.approx(0.875))


def test_pictures_cut_out_by_a_share() -> None:
    look = _look({"size": {"shortest_edge": 224}, "crop_pct": 0.875})

    assert (look.size, look.crop_mode, look.crop_share) == (224, "center", 0.875)


def test_without_a_preprocessor_the_configuration_tells_the_size() -> None:
    assert _look({}).size == 224
    assert _look({}, image_size=96).size == 96
