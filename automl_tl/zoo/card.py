"""What a folder or a hub says about a candidate, before its weights are read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automl_tl.domain.candidate import Recipe
from automl_tl.domain.dataset import Modality
from automl_tl.errors import CandidateFailed, CandidateUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A candidate as its publisher describes it.

    ``library`` and ``architecture`` are a ``BackboneSpec``'s. ``config`` is timm's ``pretrained_cfg``, or the
    ``config.json`` of transformers; ``arguments`` go to the constructor; ``pictures`` is transformers'
    ``preprocessor_config.json``. ``weights`` is None until they are on this machine. ``modality`` is what the
    net reads, ``files`` what else it needs for that, by name.
    """

    library: str
    architecture: str
    config: Mapping[str, Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    licence: str | None = None
    revision: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    modality: str = Modality.IMAGE
    files: Mapping[str, bytes] = field(default_factory=dict)


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object of a file; raises CandidateUnknown: no such file, CandidateFailed: no such object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CandidateUnknown(
            f"{path.parent} holds no {path.name}, but a folder of weights has one beside its safetensors file"
        ) from error
    except (OSError, ValueError) as error:
        raise CandidateFailed(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(found, dict):
        raise CandidateFailed(f"{path} is not a JSON object")
    return found
