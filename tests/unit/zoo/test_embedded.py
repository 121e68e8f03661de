"""The embedded nets: their weights in the tree, the pictures they come from, and how they are made again."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from automl_tl.bench import zoo_material, zoo_worth
from automl_tl.domain.dataset import Modality
from automl_tl.errors import CandidateUnknown
from automl_tl.search.space_file import find_space, read_space
from automl_tl.zoo.embedded import folder
from automl_tl.zoo.embedded.few_shot import Lesson, taught
from automl_tl.zoo.embedded.image.jitter import jittered
from automl_tl.zoo.embedded.image.load import WEIGHTS, load
from automl_tl.zoo.embedded.image.nets import NETS
from automl_tl.zoo.embedded.image.pictures import Pictures, Shares
from automl_tl.zoo.embedded.net import Net
from automl_tl.zoo.embedded.recipes import NAMES, OF_PICTURES, pretrain
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.timm_layout import PLAIN

FEW = Shares(strokes=3, silhouettes=3, function_systems=3, julia_sets=3, waves=3, noises=3)
every_net = pytest.mark.parametrize("net", NETS, ids=lambda net: net.name)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Nets this small train slower on several threads, far slower where other work takes the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def config(net: Net) -> dict:
    return json.loads((WEIGHTS / net.name / "config.json").read_text())


def drawn(*, seed: int) -> torch.Tensor:
    pictures = Pictures(FEW, seed=0)
    return pictures.draw(torch.arange(pictures.classes), generator=torch.Generator().manual_seed(seed))


def test_the_weights_stay_under_six_megabytes_of_pictures_and_of_all_else() -> None:
    sizes = {
        name: sum(path.stat().st_size for path in (WEIGHTS / name).iterdir())
        for name in EmbeddedZoo().names()
    }

    assert set(sizes) == set(NAMES)
    assert sum(sizes[net.name] for net in NETS) <= 6_000_000
    assert sum(sizes[name] for name in NAMES if name not in OF_PICTURES) <= 6_000_000


def test_the_nets_are_of_different_families() -> None:
    assert {net.family for net in NETS} == {"residual", "plain", "mobile", "transformer"}


@every_net
def test_config_tells_the_truth_about_the_weights(net: Net) -> None:
    module = load(WEIGHTS / net.name)

    facts = config(net)["automl_tl"]

    weights = (WEIGHTS / net.name / "model.safetensors").read_bytes()
    assert facts["revision"] == hashlib.sha256(weights).hexdigest()[:12]
    assert facts["parameters"] == sum(parameter.numel() for parameter in module.parameters())
    assert facts["multiply_adds"] == folder.multiply_adds(module, input_size=net.input_size)
    assert facts["recipe"] == {"learning_rate": net.learning_rate, "freeze_depth": net.freeze_depth}
    assert config(net)["model_args"] == dict(net.model_args)


@every_net
def test_loaded_net_gives_features_in_float32(net: Net) -> None:
    module = load(WEIGHTS / net.name).eval()

    with torch.inference_mode():
        features = module(torch.rand(2, 3, 32, 32))

    assert features.shape == (2, config(net)["num_features"])
    assert features.dtype == torch.float32
    assert features.isfinite().all()


@every_net
def test_net_takes_pictures_of_another_size(net: Net) -> None:
    module = load(WEIGHTS / net.name).eval()

    with torch.inference_mode():
        features = module(torch.rand(1, 3, 48, 48))

    assert features.isfinite().all()


@pytest.mark.parametrize("net", [net for net in NETS if net.architecture != PLAIN], ids=lambda net: net.name)
def test_timm_itself_opens_the_folder(net: Net) -> None:
    module = timm.create_model(f"local-dir:{WEIGHTS / net.name}", pretrained=True, num_classes=0)

    assert module.pretrained_cfg["license"] == "apache-2.0"
    assert tuple(module.pretrained_cfg["input_size"]) == (3, 32, 32)


def test_the_space_embedded_says_what_the_configs_say() -> None:
    text, root = find_space("embedded")

    space = read_space(text, root=root)

    assert tuple(candidate.id for candidate in space.candidates) == NAMES
    for candidate, name in zip(space.candidates, NAMES, strict=True):
        read = json.loads((WEIGHTS / name / "config.json").read_text())
        facts = read["automl_tl"]
        assert candidate.licence == read.get("pretrained_cfg", facts)["license"]
        assert candidate.parameters == facts["parameters"]
        assert candidate.multiply_adds == facts["multiply_adds"]
        assert candidate.pretraining_data == facts["pretraining_data"]
        assert candidate.recipe.learning_rate == facts["recipe"]["learning_rate"]
        assert candidate.recipe.freeze_depth == facts["recipe"]["freeze_depth"]


def test_the_space_offers_each_dataset_the_nets_that_read_it() -> None:
    text, root = find_space("embedded")
    space = read_space(text, root=root)

    offered = {modality: {c.id for c in space.reading(modality).candidates} for modality in Modality}

    assert offered == {
        Modality.IMAGE: set(OF_PICTURES),
        Modality.TEXT: {"tiny_bert"},
        Modality.AUDIO: {*OF_PICTURES, "tiny_audio_resnet"},
    }


def test_same_seed_draws_the_same_pictures() -> None:
    assert torch.equal(drawn(seed=1), drawn(seed=1))
    assert not torch.equal(drawn(seed=1), drawn(seed=2))


def test_every_kind_of_picture_shows_something() -> None:
    pictures = drawn(seed=3).float()

    assert pictures.flatten(1).std(dim=1).min() > 5


def test_jittered_pictures_stay_in_range() -> None:
    pictures = jittered(drawn(seed=4), generator=torch.Generator().manual_seed(0))

    assert pictures.shape == (18, 3, 32, 32)
    assert pictures.min() >= 0
    assert pictures.max() <= 1


def test_pretraining_twice_gives_the_same_weights(tmp_path: Path) -> None:
    said: list[str] = []

    for run in ("first", "second"):
        pretrain(["tiny_plain"], out=tmp_path / run, seed=5, minutes=0, progress=said.append)

    first, second = (load(tmp_path / run / "tiny_plain").state_dict() for run in ("first", "second"))
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert said[0].startswith("tiny_plain: step 8 of 8")


def test_unknown_net_is_refused_with_the_known_names(tmp_path: Path) -> None:
    with pytest.raises(CandidateUnknown, match="no embedded net 'resnet152', but tiny_resnet, tiny_plain"):
        pretrain(["resnet152"], out=tmp_path, seed=0, minutes=0, progress=print)


def test_enlarging_agrees_with_torch() -> None:
    small = np.random.default_rng(0).random((2, 8, 8))

    large = zoo_material.enlarged(small)

    expected = torch.nn.functional.interpolate(torch.tensor(small)[:, None], size=32, mode="bilinear")
    assert np.allclose(large[:, 0], expected[:, 0], atol=1e-6)


def test_the_parts_of_the_digits_share_no_sample() -> None:
    data = zoo_material.digits(seed=0)

    parts = [part.inputs.reshape(len(part.labels), -1) for part in (data.pool, data.validation, data.test)]
    assert [len(part) for part in parts] == [597, 300, 900]
    assert len(np.unique(np.concatenate(parts), axis=0)) == 1797


def test_pretrained_weights_beat_the_same_net_from_scratch() -> None:
    """One draw at one rate; `bench zoo-worth` tunes the rates of both, over twenty draws."""
    data = zoo_material.digits(seed=0)
    sample = zoo_worth.few(data.pool, seed=[0, 2, 0])

    def reached(*, pretrained: bool) -> float:
        lesson = Lesson(learning_rate=3e-3, epochs=40, pretrained=pretrained, seed=0)
        return taught("tiny_efficientnet", sample, lesson=lesson).accuracy(data.test)

    assert reached(pretrained=True) > reached(pretrained=False) + 0.01
