"""One thread for small matrices: a second costs more than it brings, above all beside workers that train."""

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")


def on_one_thread(function: Callable[Arguments, Found]) -> Callable[Arguments, Found]:
    """The function, with the linear algebra that it calls held to one thread."""

    @wraps(function)
    def held(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Found:
        with _controller().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return held


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
