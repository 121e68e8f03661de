"""A model that is ready to answer: samples in, class probabilities out."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.model.network import Network
from automl_tl.model.prepared import normalise, shortened, stacked
from automl_tl.model.preparer import preparer_of
from automl_tl.model.problem import SampleUnreadable
from automl_tl.model.spec import ModelSpec


class Predictor:
    """One saved model in memory; eval mode, no gradients. Not for two threads at once."""

    def __init__(
        self,
        *,
        spec: ModelSpec,
        network: Network,
        device: str = "cpu",
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """``files`` are those that the preprocessing names."""
        self.spec = spec
        self.network = network.to(device).eval().requires_grad_(False)
        self.device = torch.device(device)
        self.files = dict(files or {})
        self.preparer = preparer_of(spec.preprocessing, self.files)

    def predict(self, samples: Iterable[Any], *, batch_size: int = 64) -> NDArray[np.float32]:
        """Probabilities [N, C] float32 of samples in their order: files, their bytes, or what else serves.

        Raises SampleUnreadable, naming the sample, and OSError for a path that cannot be read.
        """
        return self.predict_prepared(self._batches(iter(samples), batch_size=batch_size))

    def predict_prepared(self, batches: Iterable[Tensor]) -> NDArray[np.float32]:
        """Probabilities [N, C] float32 of batches of prepared samples [B, *shape]."""
        logits = torch.from_numpy(self.logits(batches))
        return torch.softmax(logits / self.spec.temperature, dim=1).numpy()

    def logits(self, batches: Iterable[Tensor]) -> NDArray[np.float32]:
        """Logits [N, C] float32 before temperature, of batches of prepared samples [B, *shape]."""
        found = [np.zeros((0, len(self.spec.classes)), np.float32)]
        with torch.inference_mode(), _exact(self.device):
            for batch in batches:
                short = shortened(batch, self.spec.preprocessing)
                read = normalise(short.to(self.device), self.spec.preprocessing)
                found.append(self.network(read).float().cpu().numpy())
        return np.concatenate(found)

    def _batches(self, samples: Iterator[Any], *, batch_size: int) -> Iterator[Tensor]:
        while chunk := list(islice(samples, batch_size)):
            yield stacked([self._prepared(source) for source in chunk], self.spec.preprocessing)

    def _prepared(self, source: Any) -> NDArray[Any]:
        try:
            return self.preparer.prepare(source)
        except SampleUnreadable as error:  # its sentence continues the name of the sample
            name = source if isinstance(source, Path) else f"a {self.preparer.noun}"
            raise type(error)(f"{name} {error}") from error


def _exact(device: torch.device) -> AbstractContextManager[None]:
    """TF32, cuDNN's default, rounds to ten bits: a GPU would not say what the CPU says."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
