"""Memory is given back when an evaluation ends."""

import torch

from automl_tl import heap


def give_back_memory() -> None:
    """Give what is free back to the system, and of a GPU to the other workers on it."""
    heap.trim()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
