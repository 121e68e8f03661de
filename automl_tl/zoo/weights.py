"""Weights on disk: safetensors, and nothing else."""

import hashlib
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from automl_tl.errors import CandidateFailed

USUAL = "model.safetensors"
PICKLES = (".bin", ".pth", ".pt", ".ckpt", ".pkl", ".tar")
# weights_only: torch then builds tensors and plain values, and calls nothing that a file names. Checkpoints
# of training runs keep the weights under a key beside others.
CONVERT = (
    'python -c "import sys, torch, safetensors.torch as s; w = torch.load(sys.argv[1], weights_only=True, '
    "map_location='cpu'); w = w.get('state_dict', w.get('model', w)); s.save_file({k: v.contiguous().clone() "
    "for k, v in w.items() if hasattr(v, 'clone')}, 'model.safetensors', metadata={'format': 'pt'})\""
)


def find_weights(folder: Path) -> Path:
    """The folder's safetensors file; raises CandidateFailed when there is none, or no telling which."""
    usual = folder / USUAL
    if usual.is_file():
        return usual
    found = sorted(folder.glob("*.safetensors"))
    if len(found) == 1:
        return found[0]
    if found:
        raise CandidateFailed(
            f"{folder} holds {len(found)} safetensors files, but one of them has to be called {USUAL}"
        )
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    if pickles:
        raise CandidateFailed(
            f"{folder} holds {pickles[0]}, a pickle, and only safetensors are loaded;"
            f" convert weights you trust with: {CONVERT} {pickles[0]}"
        )
    raise CandidateFailed(f"{folder} holds no safetensors file, and a candidate needs its weights")


def read_weights(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file; raises CandidateFailed when it is damaged."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CandidateFailed(f"{path} cannot be read as safetensors: {error}") from error


def sha256(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
