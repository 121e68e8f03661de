"""A process that dies at its n-th write, to the store or to the registry, just before it or just after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from automl_tl.registry import folder
from automl_tl.registry.base import Registry
from automl_tl.registry.mlflow_registry import MlflowRegistry

STORE_WRITES = ("decide", "register", "project", "moved_by_hand", "mark_gone", "finish")
FOLDER_WRITES = ("copy_tree", "write_text")
MLFLOW_WRITES = ("create_", "log_", "set_", "finalize_", "delete_", "update_")


class Killed(BaseException):
    """The process ends here."""


class Lives:
    """How many writes are left; with ``after``, the last one is still made."""

    def __init__(self, left: int, *, after: bool) -> None:
        self._left = left
        self._after = after

    def guard(self, write: Callable[..., Any]) -> Callable[..., Any]:
        """The same write, which may be the last."""

        def guarded(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left < 0 and not self._after:
                raise Killed
            found = write(*arguments, **named)
            if self._left < 0:
                raise Killed
            return found

        return guarded


class Mortal:
    """Something whose writes, known by how their names begin, may be the last."""

    def __init__(self, part: Any, lives: Lives, *, writes: tuple[str, ...]) -> None:
        self._part = part
        self._lives = lives
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        return self._lives.guard(found) if name.startswith(self._writes) else found


@contextmanager
def mortal_registry(registry: Registry, lives: Lives) -> Iterator[None]:
    """Let every single write within the registry, a file's or a row's, be what the process dies at."""
    with pytest.MonkeyPatch.context() as patch:
        if isinstance(registry, MlflowRegistry):
            connection = registry._connection
            patch.setattr(connection, "client", Mortal(connection.client, lives, writes=MLFLOW_WRITES))
        else:
            for write in FOLDER_WRITES:
                patch.setattr(folder, write, lives.guard(getattr(folder, write)))
        yield
