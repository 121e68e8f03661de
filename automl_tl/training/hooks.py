"""Who watches modules while a network runs, and no longer."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


@contextmanager
def hooked(
    parts: Iterable[nn.Module],
    *,
    ahead: Callable[..., Any] | None = None,
    after: Callable[..., Any] | None = None,
) -> Iterator[None]:
    """Each call is told: to ``ahead(part, arguments)``, then to ``after(part, arguments, output)``."""
    handles = []
    for part in parts:
        if ahead is not None:
            handles.append(part.register_forward_pre_hook(ahead))
        if after is not None:
            handles.append(part.register_forward_hook(after))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
