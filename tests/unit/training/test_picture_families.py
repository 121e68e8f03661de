"""VGG and ResNet are loaded, split and trained: small nets of drawn weights, which shows no transfer."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.models import vgg

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate
from automl_tl.training.boundary import rows_of, values_of
from automl_tl.training.split import split
from automl_tl.zoo.local_dir import LocalDirZoo

FAMILIES = {"vgg11_bn": {"mlp_ratio": 0.005}, "resnet10t": {"channels": [8, 8, 16, 16], "stem_width": 8}}
NARROW = [8, "M", 8, "M", 16, 16, "M", 16, 16, "M", 16, 16, "M"]  # as VGG-11, whose first layer has 64
SIZE = 32


@pytest.fixture(scope="module", autouse=True)
def narrow() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(vgg.cfgs, "vgg11", NARROW)
        yield


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    """A folder in timm's layout, as a person would have it."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    arguments = FAMILIES[request.param]
    torch.manual_seed(0)
    module = timm.create_model(request.param, num_classes=3, **arguments)
    save_file(module.state_dict(), folder / "model.safetensors")
    published = module.pretrained_cfg | {"num_classes": 3}
    config = {
        "architecture": request.param,
        "num_classes": 3,
        "model_args": arguments,
        "pretrained_cfg": published,
    }
    (folder / "config.json").write_text(json.dumps(config))
    return Candidate(id=request.param, source=f"local-dir:{folder}", image_size=SIZE)


@pytest.fixture(scope="module")
def zoo() -> LocalDirZoo:
    return LocalDirZoo()


def test_a_family_splits_exactly(zoo: LocalDirZoo, family: Candidate) -> None:
    backbone = zoo.load(family)
    pictures = torch.randn(3, 3, SIZE, SIZE)
    with torch.no_grad():
        whole = backbone.module(pictures)

    depth = len(backbone.stages) // 2
    halves = split(copy.deepcopy(backbone.module), stages=backbone.stages, depth=depth, examples=pictures)

    assert halves is not None
    with torch.no_grad():
        rows = rows_of(halves.prefix(pictures), halves.slots)
        assert torch.equal(halves.suffix.eval()(*values_of(rows, halves.slots)), whole)


def test_a_family_trains_behind_a_frozen_half(
    zoo: LocalDirZoo, family: Candidate, work: Callable[..., Evaluate], run: Callable[..., Report]
) -> None:
    depth = len(zoo.facts(family).stages) // 2
    rates = {"learning_rate": 1e-4, "head_learning_rate": 1e-4}

    report = run(replace(work(freeze_depth=depth, until_epoch=2, cycles=(2,), **rates), candidate=family))

    assert report.epoch == 2 and report.steps > 0
    assert report.loss < 1.5  # of two classes; chance is ln 2
