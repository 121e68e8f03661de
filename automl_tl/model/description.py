"""``model.json``: what a saved model is, which files it has, sealed by a sha256 of its own."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from automl_tl.model.problem import ArtifactDamaged
from automl_tl.model.signature import signature
from automl_tl.model.spec import PREPROCESSINGS, BackboneSpec, ModelSpec

CARD = "model.json"
FORMAT_VERSION = 1
_SEAL = "sha256"


def write_card(folder: Path, *, spec: ModelSpec, facts: Mapping[str, Any]) -> None:
    """Describe the folder's other files: ``spec``, ``signature``, ``facts``, ``files``, ``sha256``.

    ``facts`` are JSON values. ``sha256`` is over the rest as ``json.dumps(rest, sort_keys=True)`` writes it.
    """
    files = {path.name: sha256(path) for path in sorted(folder.iterdir())}
    described = {**asdict(spec), "modality": spec.modality}
    card = {"spec": described, "signature": signature(spec), "facts": dict(facts), "files": files}
    sealed = {**card, _SEAL: _seal(card)}
    text = json.dumps(sealed, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> dict[str, Any]:
    """The whole of ``model.json``; raises ArtifactDamaged: absent, cut, edited, or of a newer format."""
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactDamaged(f"{folder} holds no {CARD}, and a saved model has one") from error
    except ValueError as error:
        raise ArtifactDamaged(f"{path} is not JSON: {error}") from error
    if not isinstance(card, dict) or not isinstance(card.get("spec"), dict):
        raise ArtifactDamaged(f"{path} does not describe a model: it has no object spec")
    _require_known_format(card["spec"].get("format_version"), path=path)
    if card.get(_SEAL) != _seal({key: value for key, value in card.items() if key != _SEAL}):
        raise ArtifactDamaged(f"{path} was edited after it was saved: its {_SEAL} is of other content")
    return card


def read_spec(folder: Path) -> ModelSpec:
    """What the model is, without its weights; raises ArtifactDamaged."""
    try:
        spec: dict[str, Any] = dict(read_card(folder)["spec"])
        look = {name: _as_value(value) for name, value in spec["preprocessing"].items()}
        preprocessing = PREPROCESSINGS[spec.pop("modality")](**look)
        return ModelSpec(
            **spec
            | {
                "backbone": BackboneSpec(**spec["backbone"]),
                "preprocessing": preprocessing,
                "classes": tuple(spec["classes"]),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ArtifactDamaged):
            raise
        raise ArtifactDamaged(f"{folder / CARD} does not describe a model: {error!r}") from error


def check_files(folder: Path) -> None:
    """Raise ArtifactDamaged unless the folder holds what its ``model.json`` lists, unchanged, and no more."""
    files: dict[str, str] = read_card(folder)["files"]
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    for name, expected in files.items():
        if name not in found:
            raise ArtifactDamaged(f"{folder} holds no {name}, and {CARD} lists one")
        if sha256(folder / name) != expected:
            raise ArtifactDamaged(
                f"{folder / name} is not the file that was saved: {CARD} has another sha256"
            )
    foreign = sorted(found - files.keys() - {CARD})
    if foreign:
        raise ArtifactDamaged(f"{folder} holds {foreign[0]}, which is no file of this saved model")


def sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_value(read: Any) -> Any:
    return tuple(read) if isinstance(read, list) else read


def _require_known_format(found: object, *, path: Path) -> None:
    if not isinstance(found, int):
        raise ArtifactDamaged(f"{path} does not say its format: format_version is {found!r}")
    if found > FORMAT_VERSION:
        raise ArtifactDamaged(f"{path} has format {found}, but this release reads up to {FORMAT_VERSION}")


def _seal(content: Mapping[str, Any]) -> str:
    as_read = json.loads(json.dumps(content))  # keys that are numbers are text on disk, and sort as text
    return hashlib.sha256(json.dumps(as_read, sort_keys=True).encode()).hexdigest()
