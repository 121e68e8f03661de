"""Data that no embedded net was pretrained on, in three parts, for measuring what its weights are worth."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

from automl_tl.errors import CandidateUnknown
from automl_tl.model.prepared import normalise, stacked
from automl_tl.model.sound import decode
from automl_tl.proof.documentation import write_documentation
from automl_tl.proof.spoken_digits import write_spoken_digits
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.zoo.embedded.few_shot import Sample, preparer
from automl_tl.zoo.embedded.recipes import NAMES, OF_PICTURES
from automl_tl.zoo.embedded.sound.net import NET

_TEST, _VALIDATION = 900, 300
_VOICES = {"train": 30, "validation": 15, "test": 45}


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """Three parts that share no sample, nor a voice."""

    pool: Sample  # training samples are drawn from it
    validation: Sample  # tunes
    test: Sample

    def mapped(self, read: Callable[[Tensor], Tensor]) -> "Material":
        """The same with what ``read`` makes of the inputs [n, …]."""
        parts = [replace(part, inputs=read(part.inputs)) for part in (self.pool, self.validation, self.test)]
        return Material(pool=parts[0], validation=parts[1], test=parts[2])


def material_of(name: str, *, seed: int) -> Material:
    """What the net of that name is tried on; raises CandidateUnknown."""
    if name not in NAMES:
        raise CandidateUnknown(f"there is no embedded net {name!r}, but {', '.join(NAMES)}")
    if name in OF_PICTURES:
        return digits(seed=seed)
    return _spoken_digits(name) if name == NET.name else _documentation(name, seed=seed)


def digits(*, seed: int) -> Material:
    """scikit-learn's: 900 to test on, 300 to tune on, 597 to draw training samples from; stratified."""
    raw, labels = load_digits(return_X_y=True)
    order = np.arange(len(labels))
    rest, test = train_test_split(order, test_size=_TEST, stratify=labels, random_state=seed)
    pool, validation = train_test_split(rest, test_size=_VALIDATION, stratify=labels[rest], random_state=seed)
    pictures = torch.from_numpy(enlarged(raw.reshape(-1, 8, 8) / 8 - 1))
    parts = [Sample(inputs=pictures[part], labels=labels[part]) for part in (pool, validation, test)]
    return Material(pool=parts[0], validation=parts[1], test=parts[2])


def enlarged(pictures: NDArray[np.float64]) -> NDArray[np.float32]:
    """Pictures (n, 3, 32, 32) from grey ones (n, 8, 8), each step from pixel to pixel made linear."""
    places = np.clip((np.arange(32) + 0.5) / 4 - 0.5, 0, 7)
    weights = np.clip(1 - np.abs(places[:, None] - np.arange(8)), 0, None)  # (32, 8)
    large = weights @ pictures @ weights.T
    return np.repeat(large[:, None], 3, axis=1).astype(np.float32)


def _documentation(name: str, *, seed: int) -> Material:
    """The standard library's docstrings: those held out from pretraining, in three parts, by family."""
    with temporary_folder("automl-tl-bench-") as folder:
        held_out = write_documentation(folder) / "test.csv"
        rows = list(csv.DictReader(held_out.open(newline="", encoding="utf-8")))
    _, labels = np.unique([row["label"] for row in rows], return_inverse=True)
    inputs = _read(name, [row["text"].encode() for row in rows], length=None)
    rest, test = train_test_split(np.arange(len(rows)), test_size=_TEST, stratify=labels, random_state=seed)
    pool, validation = train_test_split(rest, test_size=_VALIDATION, stratify=labels[rest], random_state=seed)
    parts = [Sample(inputs=inputs[part], labels=labels[part]) for part in (pool, validation, test)]
    return Material(pool=parts[0], validation=parts[1], test=parts[2])


def _spoken_digits(name: str) -> Material:
    """Synthetic voices that pretraining never heard, each in one part alone."""
    with temporary_folder("automl-tl-bench-") as folder:
        root = write_spoken_digits(folder, voices=_VOICES)
        files = {part: sorted((root / part).glob("*/*.wav")) for part in _VOICES}
        contents = {part: [path.read_bytes() for path in found] for part, found in files.items()}
    length = max(len(decode(sound)[0]) for found in contents.values() for sound in found)
    parts = {
        part: Sample(
            inputs=_read(name, contents[part], length=length),
            labels=np.array([int(path.parent.name) for path in files[part]]),
        )
        for part in _VOICES
    }
    return Material(pool=parts["train"], validation=parts["validation"], test=parts["test"])


def _read(name: str, contents: Sequence[bytes], *, length: int | None) -> Tensor:
    """What the net reads of the samples [n, …]; ``length`` is that of sounds, in samples."""
    ready = preparer(name, length=length)
    look = ready.preprocessing
    return normalise(stacked([ready.prepare(content) for content in contents], look), look)
