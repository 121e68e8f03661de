"""The cheap classifiers on sounds: what they are given of each split."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.prepared import PreparedSamples, prepare
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.work import Prove
from automl_tl.model.preparer import preparer_of
from automl_tl.model.sound_spec import SoundPreprocessing
from automl_tl.proof.baselines import MOST_SAMPLES, Baseline, Rows, better_of, drawn
from automl_tl.proof.mfcc import COEFFICIENTS, RATE, mfcc_statistics
from automl_tl.training.fitting import usual_length

_MOST_SECONDS = 10


def cheap_on_sounds(work: Prove, manifest: Manifest, cache: Path) -> Baseline:
    """The better of two classifiers on MFCC statistics, of sounds as long as nearly all are.

    At most ``MOST_SAMPLES`` drawn training samples are heard. Raises DatasetChanged, DiskFull.
    """
    prepared = _prepared(manifest, cache, splits=frozenset({Split.TRAIN, Split.VALIDATION, work.split}))
    train, validation, asked = (
        np.array(manifest.indices(split), np.int64) for split in (Split.TRAIN, Split.VALIDATION, work.split)
    )
    train = train[drawn(len(train), seed=work.seed, most=MOST_SAMPLES)]
    targets = prepared.targets.numpy()
    rows = Rows(
        train=_heard(prepared, train),
        targets=targets[train],
        validation=_heard(prepared, validation),
        validation_targets=targets[validation],
        asked=_heard(prepared, asked),
    )
    sight = f"statistics of {COEFFICIENTS} MFCCs"
    return better_of(rows, sight=sight, classes=len(manifest.classes), metric=work.metric, seed=work.seed)


def _prepared(manifest: Manifest, cache: Path, *, splits: frozenset[Split]) -> PreparedSamples:
    longest = SoundPreprocessing(rate=RATE, samples=_MOST_SECONDS * RATE)
    length = usual_length(preparer_of(longest), manifest)
    look = replace(longest, samples=length or longest.samples)
    return prepare(manifest, preparer=preparer_of(look), cache=cache, splits=splits)


def _heard(prepared: PreparedSamples, places: NDArray[np.int64]) -> NDArray[np.float32]:
    return mfcc_statistics(prepared.batch(places).numpy())
