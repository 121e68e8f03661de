"""NCTI: how near the features are to neural collapse (Wang et al., ICCV 2023)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from scipy import linalg, special

from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.labelled import Floats, Integers, Labelled

_COMPONENTS = 64
_LEADING = 32
_LEAST_SHRINKAGE = 1e-10
_BATCH_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Collapse:
    """What NCTI adds up; greater is better for each.

    ``confidence``: mean probability of the own class. ``spread``: nuclear norm of the centred discriminant
    projection. ``tightness``: −ln of the sum, over classes, of the nuclear norm of a class's probabilities.
    """

    confidence: float
    spread: float
    tightness: float


def ncti(zoo: Mapping[str, Collapse]) -> dict[str, float]:
    """The score of every candidate of a zoo: the three parts, each scaled to [0, 1] over the zoo, summed.

    A part in which all candidates are alike counts nothing.
    """
    if not zoo:
        return {}
    parts = np.array([astuple(collapse) for collapse in zoo.values()])
    ranges = np.ptp(parts, axis=0)
    scaled = (parts - parts.min(axis=0)) / np.where(ranges > 0, ranges, 1.0)
    return dict(zip(zoo, scaled.sum(axis=1).tolist(), strict=True))


def collapse(decomposition: Decomposition) -> Collapse:
    """NCTI's parts of one candidate: linear discriminants with shrinkage, on 64 principal components.

    With hardly more samples than components the formula itself is badly conditioned: ``spread`` is then known
    to some six digits.
    """
    labelled = decomposition.labelled
    components = decomposition.centred[:, :_COMPONENTS]
    variances = decomposition.eigenvalues[: components.shape[1]] / (labelled.samples - 1)
    shrinkage = max(float(np.exp(-variances[:_LEADING].sum())), _LEAST_SHRINKAGE)
    directions, weights, offsets = _discriminants(components, labelled, shrinkage=shrinkage)
    projected = components @ directions
    own, tangled = 0.0, 0.0
    for rows, targets in _by_class(labelled):
        posteriors = special.softmax(components[rows] @ weights + offsets, axis=-1)
        own += float(np.take_along_axis(posteriors, targets[..., None], axis=-1).sum())
        tangled += float(np.linalg.svd(posteriors, compute_uv=False).sum())
    return Collapse(
        confidence=own / labelled.samples,
        spread=float(np.linalg.svd(projected, compute_uv=False).sum()),
        tightness=-float(np.log(tangled)),
    )


def _discriminants(
    components: Floats, labelled: Labelled, *, shrinkage: float
) -> tuple[Floats, Floats, Floats]:
    """Projection [k, ≤ C − 1], weights [k, C] and offsets [C] of the discriminants.

    Within-class and total covariance are both shrunk; between them is their difference.
    """
    means = labelled.sums(components) / labelled.counts[:, None]
    rest = components - means[labelled.targets]
    within = _shrunk(rest.T @ rest / labelled.samples, shrinkage)
    between = _shrunk(components.T @ components / labelled.samples, shrinkage) - within
    _, vectors = linalg.eigh(between, within)
    leading = vectors[:, ::-1]
    weights = leading @ (means @ leading).T
    offsets = np.log(labelled.counts / labelled.samples) - 0.5 * np.einsum("ck,kc->c", means, weights)
    return leading[:, : labelled.classes - 1], weights, offsets


def _shrunk(covariance: Floats, shrinkage: float) -> Floats:
    level = float(np.trace(covariance)) / len(covariance)
    found: Floats = (1 - shrinkage) * covariance + shrinkage * level * np.eye(len(covariance))
    return found


def _by_class(labelled: Labelled) -> Iterator[tuple[Integers, Integers]]:
    """Rows and targets [G, n] of classes of the same size n, so that many are solved in one call."""
    order = np.argsort(labelled.targets, kind="stable")
    starts = np.cumsum(labelled.counts) - labelled.counts
    for size in np.unique(labelled.counts):
        alike = np.flatnonzero(labelled.counts == size)
        for some in _parts(alike, most=max(1, _BATCH_BYTES // (8 * int(size) * labelled.classes))):
            rows = order[starts[some][:, None] + np.arange(size)]
            yield rows, np.broadcast_to(some[:, None], rows.shape)


def _parts(values: Integers, *, most: int) -> Sequence[Integers]:
    return np.array_split(values, range(most, len(values), most))
