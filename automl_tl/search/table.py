"""A TOML table read key by key, so that whatever is wrong in it is said in one sentence."""

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from automl_tl.errors import SpaceInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``values`` as TOML gave them; ``where`` is what people call the table, such as ``[space]``."""

    values: Mapping[str, object]
    where: str

    def __post_init__(self) -> None:
        """A table is a table; raises SpaceInvalid."""
        if not isinstance(self.values, Mapping):
            raise SpaceInvalid(f"{self.where} is {shown(self.values)}; expected a table")

    def expect(self, known: Iterable[str], *, needed: Iterable[str] = ()) -> None:
        """Refuse keys that are not ``known``, suggesting the near one, and the lack of a ``needed`` one."""
        known = tuple(known)
        for key in self.values:
            if key not in known:
                raise SpaceInvalid(f'unknown key "{key}" in {self.where}; {suggestion(key, known)}')
        for key in needed:
            if key not in self.values:
                raise SpaceInvalid(f'{self.where} has no "{key}"')

    def has(self, key: str) -> bool:
        """Whether the key was given."""
        return key in self.values

    def text(self, key: str) -> str | None:
        """A text that is not empty; None where the key is absent."""
        value = self.values.get(key)
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self.wrong(key, "a text")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts that are not empty; None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
            raise self.wrong(key, 'a list of texts such as ["mit", "apache-*"]')
        return tuple(value)

    def number(self, key: str, *, low: float = -math.inf, high: float = math.inf) -> float | None:
        """A finite number from ``low`` to ``high``, both included; None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, "a number")
        if not low <= value <= high:
            raise self.wrong(key, _bounds("a number", low, high))
        return float(value)

    def positive(self, key: str) -> float | None:
        """A number above 0; None where the key is absent."""
        value = self.number(key)
        if value is not None and value <= 0:
            raise self.wrong(key, "a number above 0")
        return value

    def count(self, key: str, *, low: int = 0, high: float = math.inf) -> int | None:
        """A whole number from ``low`` to ``high``, both included; None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key, _bounds("a whole number", low, high))
        return value

    def truth(self, key: str) -> bool:
        """True or false; false where the key is absent."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def choice(self, key: str, *, among: Iterable[str], otherwise: str) -> str:
        """One of some words; ``otherwise`` where the key is absent."""
        value, words = self.values.get(key, otherwise), tuple(among)
        if value not in words:
            raise SpaceInvalid(f"{key} in {self.where} is {shown(value)}; {suggestion(str(value), words)}")
        return str(value)

    def table(self, key: str) -> "Table":
        """The table under a key; empty where the key is absent."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self.wrong(key, "a table")
        return Table(values=value, where=f"{key} of {self.where}")

    def wrong(self, key: str, expected: str) -> SpaceInvalid:
        """What to raise for a key whose value is not as ``expected``."""
        return SpaceInvalid(f"{key} in {self.where} is {shown(self.values.get(key))}; expected {expected}")


def suggestion(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest known word, or else all of them."""
    known = tuple(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(known)}"


def shown(value: object) -> str:
    """A value as its TOML would show it, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _bounds(what: str, low: float, high: float) -> str:
    if high == math.inf:
        return f"{what} of at least {low:g}"
    return f"{what} from {low:g} to {high:g}"
