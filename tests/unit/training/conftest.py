"""A small real world for training: drawn pictures, timm's test nets with seeded random weights."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from automl_tl.data.manifest import freeze, write_manifest
from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.dataset import Modality, Sample, Split
from automl_tl.domain.trial import Configuration, Report
from automl_tl.domain.work import Evaluate
from automl_tl.model.backbone import build_backbone
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing
from automl_tl.training import micro_batch, opening
from automl_tl.training.evaluation import evaluate
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.costs import measure_costs
from automl_tl.zoo.stages import timm_stages

SIZE = 32
NETS: dict[str, dict[str, object]] = {
    "test_resnet": {},
    "test_vit": {"img_size": SIZE, "patch_size": 8},
    "test_efficientnet": {},
}


class SeededZoo:
    """timm's test nets; "pretrained" weights are random ones of a fixed seed."""

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        with torch.random.fork_rng(devices=[]):
            if pretrained:
                torch.manual_seed(1)
            name = candidate.reference
            spec = BackboneSpec(library="timm", architecture=name, features=0, arguments=NETS[name])
            module = build_backbone(spec).eval()
        look = ImagePreprocessing(size=SIZE, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
        with torch.no_grad():
            features = module(torch.zeros(1, 3, SIZE, SIZE)).shape[1]
        return Backbone(
            module=module,
            spec=replace(spec, features=features),
            preprocessing=look,
            stages=timm_stages(module),
        )

    def facts(self, candidate: Candidate) -> CandidateFacts:
        backbone = self.load(candidate)
        costs = measure_costs(backbone.module, backbone.stages, sample=torch.zeros(1, 3, SIZE, SIZE))
        return CandidateFacts(
            candidate=candidate.id,
            stages=tuple("+".join(stage) for stage in backbone.stages),
            parameters=1,
            multiply_adds=costs.multiply_adds,
            stage_multiply_adds=costs.by_stage,
            features=costs.features,
            image_size=SIZE,
            learning_rate=1e-3,
            freeze_depth=1,
            weights_sha256=candidate.reference,
            size_bytes=1,
        )

    def weights(self, candidate: Candidate) -> Path:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def forget() -> Callable[[], None]:
    """A worker remembers heads and what fitted into memory; the tests of a process are not its trials."""

    def forget_all() -> None:
        micro_batch._found.clear()
        for opened in opening._open.values():
            opened.heads.clear()

    forget_all()
    return forget_all


@pytest.fixture(scope="session")
def zoo() -> SeededZoo:
    return SeededZoo()


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 training and 20 validation pictures of two classes: dark left, dark right."""
    root = tmp_path_factory.mktemp("pictures")
    draw = np.random.default_rng(0)
    samples = []
    for number in range(80):
        label = "left" if number % 2 else "right"
        pixels = draw.integers(60, 256, (SIZE, SIZE, 3), dtype=np.uint8)
        half = slice(0, SIZE // 2) if label == "left" else slice(SIZE // 2, SIZE)
        pixels[:, half] //= 2
        path = root / f"{number:03}.png"
        Image.fromarray(pixels).save(path)
        samples.append(
            Sample(
                path=path.name,
                size=path.stat().st_size,
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                label=label,
                split=Split.TRAIN if number < 60 else Split.VALIDATION,
            )
        )
    frozen = freeze(samples, modality=Modality.IMAGE, dataset_name="halves", root=str(root))
    return write_manifest(frozen, folder=root)


Evaluation = Callable[..., Report]


def accuracy(targets: np.ndarray, probabilities: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == targets).mean())


@pytest.fixture
def work(manifest: Path, tmp_path: Path) -> Callable[..., Evaluate]:
    def build(net: str = "test_resnet", **values: object) -> Evaluate:
        candidate = Candidate(id=net, source=f"embedded:{net}")
        configuration = {
            "freeze_depth": 0,
            "learning_rate": 1e-3,
            "head_learning_rate": 1e-2,
            "weight_decay": 1e-2,
            "augmentation": 0.0,
            "pretrained": True,
        }
        configuration |= {key: values.pop(key) for key in tuple(values) if key in configuration}
        usual: dict[str, object] = {
            "trial": 1,
            "seed": 3,
            "metric": "accuracy",
            "until_epoch": 1,
            "cycles": (4,),
            "into": str(tmp_path / "checkpoint"),
            "manifest": str(manifest),
        }
        return Evaluate(
            candidate=candidate,
            configuration=Configuration(candidate=net, **configuration),  # type: ignore[arg-type]
            **(usual | values),  # type: ignore[arg-type]
        )

    return build


@pytest.fixture
def run(zoo: SeededZoo, tmp_path: Path) -> Callable[..., Report]:
    def carry_out(work: Evaluate, **options: object) -> Report:
        usual = {
            "cache": tmp_path / "cache",
            "measure": accuracy,
            "threads": 1,
            "activation_bytes": 2**30,
            "zoo": zoo,
        }
        return evaluate(work, **(usual | options))  # type: ignore[arg-type]

    return carry_out
