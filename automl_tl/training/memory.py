"""A configuration that does not fit into memory is told apart from one that is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from automl_tl.errors import OutOfMemory

# What libraries say in words only: torch's CPU allocator, oneDNN and C++, CUDA and its libraries.
_THEY_SAY = (
    "can't allocate memory",
    "not enough memory",
    "std::bad_alloc",
    "CUDA error: out of memory",
    "STATUS_ALLOC_FAILED",
)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raise OutOfMemory for what torch and Python raise when memory runs out."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(_told(error)) from error
    except RuntimeError as error:
        if any(words in str(error) for words in _THEY_SAY):
            raise OutOfMemory(_told(error)) from error
        raise


def _told(error: Exception) -> str:
    said = str(error).strip().partition("\n")[0]
    return f"training did not fit into memory: {said}" if said else "training did not fit into memory"
