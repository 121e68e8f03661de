"""What a GPU's libraries load at their first use, loaded while a new worker waits for its first work."""

import logging
import threading

import torch
from torch.nn import functional as F

from automl_tl.training.opening import device

_log = logging.getLogger(__name__)
_SHAPES = ((32, 3, 3, 3), (32, 1, 3, 3), (32, 8))  # a convolution, one by channel, a linear layer


def warm_up() -> threading.Thread | None:
    """Begin to load, in a thread that nobody has to wait for; None on a CPU, which has nothing to load."""
    here = device()
    if here.type != "cuda":
        return None
    thread = threading.Thread(target=_use, args=(here,), name="warm-up", daemon=True)
    thread.start()
    return thread


def _use(here: torch.device) -> None:
    """A step through convolutions and a product, in both precisions: context, memory, cuDNN, cuBLAS.

    Nothing is drawn: the random state is the first work's.
    """
    try:
        weights = [torch.ones(shape, device=here, requires_grad=True) for shape in _SHAPES]
        for is_half in (False, True):
            with torch.autocast(here.type, dtype=torch.bfloat16, enabled=is_half):
                grown = F.conv2d(torch.ones(4, 3, 16, 16, device=here), weights[0])
                pooled = F.conv2d(grown, weights[1], groups=32).mean(dim=(2, 3))
                loss = (pooled @ weights[2]).float().mean()
            loss.backward()  # type: ignore[no-untyped-call]
        torch.cuda.synchronize(here)
    except RuntimeError as problem:  # a card that is full or gone: the first work will say so
        _log.warning("the GPU could not be warmed up: reason=%s", problem)
