"""Baselines as the proof reads them: what each modality's see of a dataset's samples."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.contents import contents
from automl_tl.data.prepared import prepare
from automl_tl.domain.dataset import Manifest, Modality, Split
from automl_tl.domain.work import Prove
from automl_tl.model.preparer import preparer_of
from automl_tl.model.spec import ImagePreprocessing
from automl_tl.proof.baselines import SIDE, Baseline, Labelled, cheap, majority
from automl_tl.proof.text_baselines import Texts, cheap_on_texts
from automl_tl.wiring.sound_baseline import cheap_on_sounds

Targets = NDArray[np.int64]


def read_majority(work: Prove, manifest: Manifest) -> Baseline:
    """The commonest class of training for every sample of the split."""
    samples = len(manifest.indices(work.split))
    return majority(targets_of(manifest, Split.TRAIN), classes=len(manifest.classes), samples=samples)


def read_cheap(work: Prove, manifest: Manifest, *, cache: Path) -> Baseline:
    """The cheap classifiers of the manifest's modality on the split; raises DatasetChanged, DiskFull."""
    return _CHEAP[manifest.modality](work, manifest, cache)


def targets_of(manifest: Manifest, split: Split) -> Targets:
    """The class [N] of each of a split's samples."""
    places = {label: place for place, label in enumerate(manifest.classes)}
    return np.array([places[manifest.samples[i].label] for i in manifest.indices(split)], np.int64)


def _on_pictures(work: Prove, manifest: Manifest, cache: Path) -> Baseline:
    train, validation, asked = (
        _pictures(manifest, split, cache) for split in (Split.TRAIN, Split.VALIDATION, work.split)
    )
    classes = len(manifest.classes)
    return cheap(train, validation, asked.pictures, classes=classes, metric=work.metric, seed=work.seed)


def _pictures(manifest: Manifest, split: Split, cache: Path) -> Labelled:
    """Pictures as the baselines see them: small, in colour, as they come."""
    look = ImagePreprocessing(size=2 * SIDE, mean=(0.0,) * 3, std=(1.0,) * 3, crop_mode="squash")
    prepared = prepare(manifest, preparer=preparer_of(look), cache=cache, splits=frozenset({split}))
    pictures = prepared.batch(np.array(manifest.indices(split), np.int64)).numpy()
    return Labelled(pictures=pictures, targets=targets_of(manifest, split))


def _on_texts(work: Prove, manifest: Manifest, cache: Path) -> Baseline:
    train, validation, asked = (
        _texts(manifest, split) for split in (Split.TRAIN, Split.VALIDATION, work.split)
    )
    classes = len(manifest.classes)
    return cheap_on_texts(train, validation, asked.texts, classes=classes, metric=work.metric, seed=work.seed)


def _texts(manifest: Manifest, split: Split) -> Texts:
    samples = [manifest.samples[i] for i in manifest.indices(split)]
    read = contents(Path(manifest.root), samples)
    texts = [content.decode("utf-8", errors="replace") for content in read]
    return Texts(texts=texts, targets=targets_of(manifest, split))


_CHEAP = {Modality.IMAGE: _on_pictures, Modality.TEXT: _on_texts, Modality.AUDIO: cheap_on_sounds}
