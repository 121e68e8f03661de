"""A configuration that does not fit into memory is told apart from one that is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from automl_tl.errors import OutOfMemory

_CPU_SAYS = ("can't allocate memory", "not enough memory")


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raise OutOfMemory for what torch and Python raise when memory runs out.

    The place where a batch would be halved and the evaluation repeated.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(f"training did not fit into memory: {error}") from error
    except RuntimeError as error:
        if any(words in str(error) for words in _CPU_SAYS):
            raise OutOfMemory(f"training did not fit into memory: {error}") from error
        raise
