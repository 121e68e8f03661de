"""A model that is ready to answer: pictures in, class probabilities out."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from automl_tl.model.network import Network, normalise
from automl_tl.model.picture import PictureUnreadable, load_picture, shape_picture
from automl_tl.model.spec import ImagePreprocessing, ModelSpec

Picture = Path | bytes | Image.Image


class Predictor:
    """One saved model in memory; eval mode, no gradients. Not for two threads at once."""

    def __init__(self, *, spec: ModelSpec, network: Network, device: str = "cpu") -> None:
        self.spec = spec
        self.network = network.to(device).eval().requires_grad_(False)
        self.device = torch.device(device)

    def predict(self, pictures: Iterable[Picture], *, batch_size: int = 64) -> NDArray[np.float32]:
        """Probabilities [N, C] float32 of picture files, their bytes, or open pictures, in their order.

        Raises PictureUnreadable, naming the picture, and OSError for a path that cannot be read.
        """
        return self.predict_prepared(self._prepared(iter(pictures), batch_size=batch_size))

    def predict_prepared(self, batches: Iterable[Tensor]) -> NDArray[np.float32]:
        """Probabilities [N, C] float32 of batches of uint8 pictures [B, channels, S, S], as prepared."""
        logits = torch.from_numpy(self.logits(batches))
        return torch.softmax(logits / self.spec.temperature, dim=1).numpy()

    def logits(self, batches: Iterable[Tensor]) -> NDArray[np.float32]:
        """Logits [N, C] float32 before temperature, of batches of uint8 pictures [B, channels, S, S]."""
        found = [np.zeros((0, len(self.spec.classes)), np.float32)]
        with torch.inference_mode(), _exact(self.device):
            for batch in batches:
                pixels = normalise(batch.to(self.device), self.spec.preprocessing)
                found.append(self.network(pixels).float().cpu().numpy())
        return np.concatenate(found)

    def _prepared(self, pictures: Iterator[Picture], *, batch_size: int) -> Iterator[Tensor]:
        while chunk := list(islice(pictures, batch_size)):
            prepared = [_load(source, self.spec.preprocessing) for source in chunk]
            yield torch.from_numpy(np.stack(prepared)).permute(0, 3, 1, 2)


def _exact(device: torch.device) -> AbstractContextManager[None]:
    """TF32, cuDNN's default, rounds to ten bits: a GPU would not say what the CPU says."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)


def _load(source: Picture, preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    try:
        if isinstance(source, Image.Image):
            return shape_picture(source, preprocessing=preprocessing)
        return load_picture(source, preprocessing=preprocessing)
    except PictureUnreadable as error:  # its sentence continues the name of the file
        raise PictureUnreadable(f"{source if isinstance(source, Path) else 'a picture'} {error}") from error
