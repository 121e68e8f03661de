"""Which training samples scores are computed on: a stratified, seeded part."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from automl_tl.data.manifest import freeze
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.subsample import subsample_size


def subsample(manifest: Manifest, *, seed: int) -> Manifest:
    """The manifest of the drawn training samples alone; without classes that have a single one.

    Each class by its share, and with two samples at least.
    """
    train = manifest.indices(Split.TRAIN)
    labels = [manifest.samples[i].label for i in train]
    chosen = [manifest.samples[train[row]] for row in drawn(labels, seed=seed)]
    part = freeze(chosen, modality=manifest.modality, dataset_name=manifest.dataset_name, root=manifest.root)
    return replace(part, classes=manifest.classes)


def drawn(labels: Sequence[str], *, seed: int) -> list[int]:
    """The rows drawn of ``labels``, ascending; a function of the labels and the seed alone."""
    _, targets, counts = np.unique(np.array(labels, dtype=str), return_inverse=True, return_counts=True)
    size = subsample_size(len(counts))
    shuffled = np.random.default_rng(seed).permutation(len(targets))
    by_class = shuffled[np.argsort(targets[shuffled], kind="stable")]
    places = np.arange(len(targets)) - np.repeat(np.cumsum(counts) - counts, counts)
    of_class = targets[by_class]
    # A sample's place among those of its class, as a share of them: the smallest shares are the strata's.
    shares = np.where(places < 2, -1.0, (places + 0.5) / counts[of_class])
    shares[counts[of_class] < 2] = np.inf
    first = np.argsort(shares, kind="stable")[:size]
    return sorted(by_class[first[np.isfinite(shares[first])]].tolist())
