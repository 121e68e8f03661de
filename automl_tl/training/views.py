"""Views: a few augmented versions of each picture, whose activations are kept beside the picture's own."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from automl_tl.training.inputs import Inputs
from automl_tl.training.mixing import mixing_alpha


class ViewedInputs:
    """Activations of one split: ``plain`` as they are, and ``views``, whose rows are versions of its."""

    def __init__(self, plain: Inputs, *, views: Sequence[Inputs]) -> None:
        self.targets, self.lengths = plain.targets, plain.lengths
        self._plain = plain
        self._views = views

    def clean(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """A batch as it is."""
        return self._plain.clean(rows)

    def varied(
        self, rows: np.ndarray, *, strength: float, randomness: np.random.Generator
    ) -> tuple[Tensor, ...]:
        """A batch in which each sample is one of its views with probability ``strength``."""
        drawn = randomness.integers(len(self._views), size=len(rows))
        drawn[randomness.random(len(rows)) >= strength] = len(self._views)  # as it is
        order = np.argsort(drawn, kind="stable")
        parts = [
            inputs.clean(rows[order[drawn[order] == number]])
            for number, inputs in enumerate((*self._views, self._plain))
            if (drawn == number).any()
        ]
        back = torch.from_numpy(np.argsort(order, kind="stable"))
        return tuple(torch.cat(tensors)[back.to(tensors[0].device)] for tensors in zip(*parts, strict=True))

    def alpha(self, strength: float) -> float:
        """Mixed as other activations are."""
        return mixing_alpha(strength, of_activations=True)
