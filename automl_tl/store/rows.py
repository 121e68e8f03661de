"""Values to JSON text, and back."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import Row

AnyRow = Row[*tuple[Any, ...]]
Value = TypeVar("Value")


def dump(value: object) -> str:
    """The JSON text of a dataclass, mapping or list of them; NaN and infinity are kept as such."""
    return to_json(value, inf_nan_mode="constants").decode()


def dump_strict(value: object) -> str:
    """JSON text that a browser reads too: NaN and infinity become null."""
    return to_json(value, inf_nan_mode="null").decode()


def load(kind: type[Value], text: str) -> Value:
    """The value of that kind which the JSON text was made from."""
    return cast(Value, _adapter(cast(Hashable, kind)).validate_json(text))


def load_object(text: str) -> dict[str, object]:
    """The JSON object as a plain dict."""
    return load(dict[str, object], text)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
