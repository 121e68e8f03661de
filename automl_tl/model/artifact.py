"""A model on disk: ``model.json``, ``model.safetensors``, what else it needs; whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from automl_tl.model.backbone import build_backbone
from automl_tl.model.description import CARD, check_files, read_spec, write_card
from automl_tl.model.digest import digest
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ArtifactDamaged
from automl_tl.model.spec import ModelSpec

WEIGHTS = "model.safetensors"
EXAMPLE = "example.png"


def save(
    folder: Path,
    *,
    spec: ModelSpec,
    network: Network,
    example: bytes | None = None,
    facts: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> str:
    """Write the model into ``folder`` (an old one there is replaced), and give its digest.

    ``facts`` are JSON values about the model's making, ``example`` a PNG picture, ``files`` those that the
    preprocessing names. The folder appears whole.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
        save_file(tensors, beside / WEIGHTS)
        if example is not None:
            (beside / EXAMPLE).write_bytes(example)
        for name, content in (files or {}).items():
            (beside / name).write_bytes(content)
        write_card(beside, spec=spec, facts=facts or {})
        found = digest(beside)
        beside.chmod(0o755)  # temporary folders are their owner's alone
        _put(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return found


def load(folder: Path, *, device: str = "cpu") -> Predictor:
    """The model of a folder, ready to answer; raises ModelProblem.

    ArtifactDamaged: a file is missing, changed, foreign, or its weights are not finite. BackboneUnknown: no
    library here builds it.
    """
    spec = read_spec(folder)
    check_files(folder)
    weights = folder / WEIGHTS
    network = Network(
        backbone=build_backbone(spec.backbone), features=spec.backbone.features, classes=len(spec.classes)
    )
    try:
        tensors = load_file(weights)
        network.load_state_dict(tensors)
    except (RuntimeError, OSError, SafetensorError) as error:
        raise ArtifactDamaged(f"{weights} does not fit the architecture in {CARD}: {error}") from error
    _require_finite(tensors, weights)
    files = {name: (folder / name).read_bytes() for name in spec.preprocessing.files}
    return Predictor(spec=spec, network=network, device=device, files=files)


def _require_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise ArtifactDamaged(f"{path} holds NaN or infinity in {name}, but weights are finite numbers")


def _put(beside: Path, folder: Path) -> None:
    for path in (*beside.iterdir(), beside):
        _sync(path)
    old = beside.with_name(beside.name + "-old")
    if folder.exists():
        folder.rename(old)
    beside.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
