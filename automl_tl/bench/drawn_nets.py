"""Nets with random weights, for benchmarks: a pass takes as long whatever the weights say."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from automl_tl.domain.candidate import Candidate
from automl_tl.model.backbone import build_backbone
from automl_tl.model.problem import BackboneUnknown
from automl_tl.model.spec import BackboneSpec

USUAL_SIZE = 96


def drawn_net(architecture: str, *, image_size: int | None, into: Path) -> Candidate:
    """A candidate of a timm architecture whose weights are drawn with seed 0, written below ``into``.

    Raises BackboneUnknown: timm has no such architecture.
    """
    size = image_size or USUAL_SIZE
    arguments, module = _built(architecture, size)
    folder = into / architecture
    folder.mkdir(parents=True)
    save_file(
        {name: value.contiguous() for name, value in module.state_dict().items()},
        folder / "model.safetensors",
    )
    config = {
        "architecture": architecture,
        "num_classes": 0,
        "model_args": arguments,
        "pretrained_cfg": {
            "input_size": [3, size, size],
            "interpolation": "bilinear",
            "crop_pct": 1.0,
            "mean": [0.5] * 3,
            "std": [0.5] * 3,
            "num_classes": 0,
        },
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return Candidate(id=architecture, source=f"local-dir:{folder}", image_size=size)


def _built(architecture: str, size: int) -> tuple[dict[str, int], torch.nn.Module]:
    """The module, and the arguments it was built with: some nets must be told the size of their pictures."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            told = {"img_size": size}
            return told, build_backbone(_spec(architecture, told))
        except BackboneUnknown:
            return {}, build_backbone(_spec(architecture, {}))


def _spec(architecture: str, arguments: Mapping[str, int]) -> BackboneSpec:
    return BackboneSpec(library="timm", architecture=architecture, features=0, arguments=dict(arguments))
