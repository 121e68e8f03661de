"""Long work tells that it goes on, to whoever listens; nobody does unless the worker says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Not an argument: what reads, loads and measures lies many calls below the worker, and only says "on".
_LISTENER: ContextVar[Callable[[], object] | None] = ContextVar("automl_tl_listener", default=None)


def step() -> None:
    """One more part of the present work is done; raises what the listener raises."""
    listener = _LISTENER.get()
    if listener is not None:
        listener()


@contextmanager
def heard_by(listener: Callable[[], object]) -> Iterator[None]:
    """Let ``listener`` hear every step of this thread while the block runs."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
