"""All scores of one candidate together, over one decomposition."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.h_score import h_score
from automl_tl.scores.labelled import Labelled
from automl_tl.scores.logme import logme
from automl_tl.scores.ncti import Collapse, collapse, ncti
from automl_tl.scores.neighbours import neighbours
from automl_tl.scores.ridge import ridge_path
from automl_tl.scores.source_head import leep, nce

_PARTS = {part: f"ncti_{part}" for part in ("confidence", "spread", "tightness")}


def panel(labelled: Labelled, *, source: NDArray[np.floating] | None = None) -> dict[str, float]:
    """Every score by name; greater is better.

    ``logme``, ``ridge``, ``h_score``, ``knn_1``, ``knn_5``, ``knn_20``; NCTI's parts ``ncti_confidence``,
    ``ncti_spread`` and ``ncti_tightness``; ``leep`` and ``nce`` with ``source`` [N, Z], the probabilities
    that the candidate's own classifier gives.
    """
    decomposition = Decomposition(labelled)
    found = {name: score(decomposition) for name, score in _SINGLE.items()}
    found |= {f"knn_{count}": value for count, value in neighbours(decomposition).items()}
    parts = collapse(decomposition)
    found |= {name: getattr(parts, part) for part, name in _PARTS.items()}
    if source is not None:
        found |= {"leep": leep(labelled, source), "nce": nce(labelled, source)}
    return found


def with_ncti(zoo: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Panels by candidate, each with ``ncti``, which only means something beside the others of its zoo."""
    whole = {id: scores for id, scores in zoo.items() if scores.keys() >= set(_PARTS.values())}
    parts = {id: Collapse(**{part: s[name] for part, name in _PARTS.items()}) for id, s in whole.items()}
    scaled = ncti(parts)
    return {id: {**scores, **({"ncti": scaled[id]} if id in scaled else {})} for id, scores in zoo.items()}


_SINGLE: Mapping[str, Callable[[Decomposition], float]] = {
    "logme": logme,
    "ridge": lambda decomposition: ridge_path(decomposition).best,
    "h_score": h_score,
}
