"""One eigendecomposition of the centred features, shared by every score of a candidate."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from automl_tl.scores.labelled import Floats, Labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """Centred features as ``coordinates`` [N, k] along their principal axes, largest first.

    ``eigenvalues`` [k + 1] are the squared singular values of the centred features, and a zero for one more
    axis: what is left of the mean outside theirs. ``mean`` [k + 1] is the mean along all these axes.
    """

    eigenvalues: Floats
    coordinates: Floats
    mean: Floats


class Decomposition:
    """Labelled features in the basis in which ``FᵀF + t`` is a diagonal plus the mean: diag(σ + t) + N z zᵀ.

    Centring is taken back by a rank-one update that only adds, so that features far from zero lose no
    digits; scores of centred features read the diagonal alone. Nothing is computed before it is asked for.
    """

    def __init__(self, labelled: Labelled) -> None:
        self.labelled = labelled

    @property
    def eigenvalues(self) -> Floats:
        """σ, [k + 1], descending; the last is 0."""
        return self._spectrum.eigenvalues

    @property
    def mean(self) -> Floats:
        """z, the mean of the features, [k + 1]."""
        return self._spectrum.mean

    @property
    def centred(self) -> Floats:
        """The centred features, [N, k]; their columns are orthogonal, their squares sum to σ."""
        return self._spectrum.coordinates

    @cached_property
    def centred_sums(self) -> Floats:
        """The centred features summed by class, [C, k]."""
        return self.labelled.sums(self.centred)

    @cached_property
    def rows(self) -> Floats:
        """The features themselves, rotated: [N, k + 1]."""
        rows = np.empty((self.labelled.samples, len(self.mean)))
        np.add(self.centred, self.mean[:-1], out=rows[:, :-1])
        rows[:, -1] = self.mean[-1]
        return rows

    @cached_property
    def sums(self) -> Floats:
        """The features summed by class, FᵀY in the rotated basis: [k + 1, C]."""
        found = np.outer(self.mean, self.labelled.counts)
        found[:-1] += self.centred_sums.T
        return found

    @cached_property
    def _spectrum(self) -> Spectrum:
        features = self.labelled.features
        mean = features.mean(axis=0)
        centred = features - mean
        samples, dimensions = centred.shape
        if samples >= dimensions:
            eigenvalues, axes = _eigen(centred.T @ centred, larger=samples)
            coordinates, along = centred @ axes, mean @ axes
        else:
            eigenvalues, basis = _eigen(centred @ centred.T, larger=dimensions)
            scales = np.sqrt(eigenvalues)
            coordinates, along = basis * scales, (centred @ mean) @ basis / scales
        beyond = np.sqrt(max(0.0, float(mean @ mean - along @ along)))
        return Spectrum(
            eigenvalues=np.append(eigenvalues, 0.0),
            coordinates=np.ascontiguousarray(coordinates),
            mean=np.append(along, beyond),
        )


def _eigen(gram: Floats, *, larger: int) -> tuple[Floats, Floats]:
    """Eigenvalues above rounding, descending, and their vectors as columns."""
    eigenvalues, vectors = linalg.eigh(gram, overwrite_a=True, check_finite=False, driver="evd")
    rank = np.count_nonzero(eigenvalues > eigenvalues[-1] * larger * np.finfo(np.float64).eps)
    return eigenvalues[::-1][:rank], vectors[:, ::-1][:, :rank]
