"""How much of a sample is read: chosen once, by what a dataset's training samples are like."""

from collections import OrderedDict
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.contents import contents
from automl_tl.data.manifest import modality_of, read_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Manifest, Modality, Split
from automl_tl.errors import CandidateFailed
from automl_tl.model.preparer import Preparer
from automl_tl.training.length_bucket import bucket_lengths
from automl_tl.zoo.base import Zoo

SHARE = 0.99  # of the training samples are read whole
STEP = 8  # tokens; products of such lengths are quick
MOST_SAMPLES = 10_000  # are looked at, evenly spread
_MOST_KNOWN = 32
_AT_ONCE = 256
_NOUNS = {Modality.IMAGE: "pictures", Modality.TEXT: "texts", Modality.AUDIO: "sounds"}
_known: "OrderedDict[tuple[Zoo, Candidate, Path], Candidate]" = OrderedDict()


def fitted(candidate: Candidate, *, zoo: Zoo, manifest: Path) -> Candidate:
    """The candidate with the length that a manifest's training samples ask for, where it leaves that open.

    A function of the manifest and of how the candidate reads, so every worker finds the same. Raises
    CandidateFailed where it reads another modality, DatasetChanged.
    """
    modality = modality_of(manifest)
    candidate = replace(candidate, for_sounds=modality is Modality.AUDIO)
    if modality is Modality.IMAGE or candidate.length is not None:
        return candidate
    key = zoo, candidate, manifest
    if key not in _known:
        _known[key] = replace(candidate, length=_length(candidate, zoo=zoo, manifest=read_manifest(manifest)))
    _known.move_to_end(key)
    while len(_known) > _MOST_KNOWN:
        _known.popitem(last=False)
    return _known[key]


def require_modality(candidate: Candidate, *, reads: str, modality: Modality) -> None:
    """Raise CandidateFailed where a candidate ``reads`` another modality than the dataset's."""
    if reads != modality:
        raise CandidateFailed(
            f"{candidate.id} reads {_NOUNS[Modality(reads)]}, but the dataset holds {_NOUNS[modality]}"
        )


def length_for(lengths: NDArray[np.int64], *, step: int = STEP) -> int:
    """The least multiple of ``step`` within which ``SHARE`` of the ``lengths`` [N] lie whole."""
    return -(-int(np.quantile(lengths, SHARE, method="inverted_cdf")) // step) * step


def usual_length(preparer: Preparer, manifest: Manifest) -> int | None:
    """What nearly all training samples need of what the preparer reads at most; None: all are alike.

    Raises DatasetChanged.
    """
    lengths = _lengths(preparer, manifest)
    return None if lengths is None else min(length_for(lengths), preparer.preprocessing.shape[0])


def trained_length(preparer: Preparer, manifest: Manifest) -> int:
    """The length in tokens that training pads a text to on average; raises DatasetChanged."""
    (longest,) = preparer.preprocessing.shape
    lengths = _lengths(preparer, manifest)
    assert lengths is not None
    return round(float(bucket_lengths(np.minimum(lengths, longest), longest=longest).mean()))


def _length(candidate: Candidate, *, zoo: Zoo, manifest: Manifest) -> int | None:
    preparer = zoo.preparer(candidate)
    require_modality(candidate, reads=preparer.preprocessing.modality, modality=manifest.modality)
    return usual_length(preparer, manifest)


def _lengths(preparer: Preparer, manifest: Manifest) -> NDArray[np.int64] | None:
    train = np.array(manifest.indices(Split.TRAIN), np.int64)
    places = np.linspace(0, len(train) - 1, min(len(train), MOST_SAMPLES)).astype(np.int64)
    samples = [manifest.samples[place] for place in train[places]]
    read = contents(Path(manifest.root), samples)
    found = [preparer.lengths(part) for part in iter(lambda: list(islice(read, _AT_ONCE)), [])]
    known = [part for part in found if part is not None]
    return np.concatenate(known) if known else None
