"""What the parts of the store share: a method that is one read, a method that is one transaction."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from automl_tl.store.database import Database


class Part:
    """Some methods of the store, over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database


Self = TypeVar("Self", bound=Part)
Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")
Inner = Callable[Concatenate[Self, Connection, Arguments], Found]
Outer = Callable[Concatenate[Self, Arguments], Found]


def reads(method: Inner[Self, Arguments, Found]) -> Outer[Self, Arguments, Found]:
    """The method without its connection: it is given one to read from."""

    @wraps(method)
    def outer(self: Self, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Found:
        return self._database.read(lambda connection: method(self, connection, *args, **kwargs))

    return outer


def writes(method: Inner[Self, Arguments, Found]) -> Outer[Self, Arguments, Found]:
    """The method without its connection: all it does is one transaction; a power cut may lose the latest."""

    @wraps(method)
    def outer(self: Self, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Found:
        return self._database.write(lambda connection: method(self, connection, *args, **kwargs))

    return outer


def writes_durably(method: Inner[Self, Arguments, Found]) -> Outer[Self, Arguments, Found]:
    """The method without its connection: all it does is one transaction, on the disk once it returns."""

    @wraps(method)
    def outer(self: Self, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Found:
        return self._database.write(
            lambda connection: method(self, connection, *args, **kwargs), durable=True
        )

    return outer
