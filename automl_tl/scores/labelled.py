"""Features with their classes, checked: what every score is computed from."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from automl_tl.errors import Unscorable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """``features`` [N, D] and ``targets`` [N] in 0..C−1; ``counts`` [C] has two samples of each at least."""

    features: Floats
    targets: Integers
    counts: Integers
    members: csr_array = field(repr=False)  # one-hot classes, [C, N]

    @property
    def samples(self) -> int:
        """N."""
        return len(self.targets)

    @property
    def classes(self) -> int:
        """C."""
        return len(self.counts)

    def sums(self, rows: Floats) -> Floats:
        """The sum of each class's rows: [C, K] of [N, K]."""
        found: Floats = self.members @ rows
        return found


def label(features: NDArray[np.floating], targets: NDArray[np.integer]) -> Labelled:
    """Check features [N, D] and classes [N] of any numbering; raises Unscorable in one sentence."""
    features, targets = np.asarray(features), np.asarray(targets)
    if features.ndim != 2 or targets.shape != features.shape[:1]:
        raise Unscorable(
            f"features of shape {features.shape} and classes of shape {targets.shape}, "
            "but [N, D] and [N] are expected"
        )
    if len(features) < 2:
        raise Unscorable(f"{len(features)} samples, but scores need at least two")
    present, places, counts = np.unique(targets, return_inverse=True, return_counts=True)
    if len(present) < 2:
        raise Unscorable(f"all {len(targets)} samples are of class {present[0]}, but scores need two classes")
    if counts.min() < 2:
        lonely = present[counts.argmin()]
        raise Unscorable(f"class {lonely} has one sample, but leaving one out needs two of each class")
    rows = np.ascontiguousarray(features, np.float64)
    if not np.isfinite(rows).all():
        raise Unscorable(f"{np.count_nonzero(~np.isfinite(rows))} features are no finite numbers")
    if not np.ptp(rows, axis=0).any():
        raise Unscorable("every sample has the same features, so they tell no class from another")
    members = csr_array(
        (np.ones(len(places)), (places, np.arange(len(places)))), shape=(len(present), len(places))
    )
    return Labelled(features=rows, targets=places.astype(np.int64), counts=counts, members=members)
