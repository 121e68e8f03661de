"""A model on disk: ``model.json``, ``model.safetensors``, perhaps ``example.png``; whole or not at all."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from automl_tl.model.backbone import build_backbone
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ArtifactDamaged
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec

CARD = "model.json"
WEIGHTS = "model.safetensors"
EXAMPLE = "example.png"
FORMAT_VERSION = 1


def save(
    folder: Path,
    *,
    spec: ModelSpec,
    network: Network,
    example: bytes | None = None,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Write the model into ``folder`` (an old one there is replaced), and give its digest.

    ``facts`` are JSON values about the model's making, ``example`` a PNG picture. The folder appears whole.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
        save_file(tensors, beside / WEIGHTS)
        card = {"spec": asdict(spec), "facts": dict(facts or {}), "weights_sha256": _sha256(beside / WEIGHTS)}
        (beside / CARD).write_text(json.dumps(card, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        if example is not None:
            (beside / EXAMPLE).write_bytes(example)
        found = digest(beside)
        beside.chmod(0o755)  # temporary folders are their owner's alone
        _put(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return found


def load(folder: Path, *, device: str = "cpu") -> Predictor:
    """The model of a folder, ready to answer; raises ArtifactDamaged when a file is missing or changed."""
    card = read_card(folder)
    spec = read_spec(folder)
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise ArtifactDamaged(f"{folder} holds no {WEIGHTS}, and a saved model has one")
    if card.get("weights_sha256") != _sha256(weights):
        raise ArtifactDamaged(f"{weights} is not the file that was saved: {CARD} has another sha256")
    network = Network(
        backbone=build_backbone(spec.backbone), features=spec.backbone.features, classes=len(spec.classes)
    )
    try:
        network.load_state_dict(load_file(weights))
    except (RuntimeError, SafetensorError) as error:
        raise ArtifactDamaged(f"{weights} does not fit the architecture in {CARD}: {error}") from error
    return Predictor(spec=spec, network=network, device=device)


def read_spec(folder: Path) -> ModelSpec:
    """What the model is, without its weights; raises ArtifactDamaged."""
    try:
        spec: dict[str, Any] = dict(read_card(folder)["spec"])
        if spec["format_version"] > FORMAT_VERSION:
            raise ArtifactDamaged(
                f"{folder / CARD} has format {spec['format_version']}, but this release reads up to"
                f" {FORMAT_VERSION}"
            )
        look = dict(spec["preprocessing"])
        look |= {"mean": tuple(look["mean"]), "std": tuple(look["std"])}
        return ModelSpec(
            **spec
            | {
                "backbone": BackboneSpec(**spec["backbone"]),
                "preprocessing": ImagePreprocessing(**look),
                "classes": tuple(spec["classes"]),
            }
        )
    except (KeyError, TypeError) as error:
        raise ArtifactDamaged(f"{folder / CARD} does not describe a model: {error!r}") from error


def read_card(folder: Path) -> dict[str, Any]:
    """The whole of ``model.json``: ``spec``, ``facts``, ``weights_sha256``; raises ArtifactDamaged."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactDamaged(f"{folder} holds no {CARD}, and a saved model has one") from error
    except ValueError as error:
        raise ArtifactDamaged(f"{folder / CARD} is not JSON: {error}") from error
    if not isinstance(card, dict):
        raise ArtifactDamaged(f"{folder / CARD} is not a JSON object")
    return card


def digest(folder: Path) -> str:
    """The sha256 over the folder's files, sorted: each one's relative name and bytes."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().encode()
        total.update(len(name).to_bytes(8, "big") + name)
        total.update(path.stat().st_size.to_bytes(8, "big") + bytes.fromhex(_sha256(path)))
    return total.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
