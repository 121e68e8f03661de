"""A home's paths in texts of its own, as they read once the home lies elsewhere."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from automl_tl.errors import OperatorError

_IN_A_NAME = r"\w.%~\\-"
_UNFIT = re.compile(r'["\\\x00-\x1f]')


@dataclass(frozen=True)
class Move:
    """From one absolute folder to another; called with a text, it gives the text as it reads afterwards.

    Paths are known as they stand, as JSON writes them, and in URLs of files; a longer path that only ends or
    begins like the old one is another path, and stays.
    """

    old: Path
    new: Path

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The old path as it may be written: a text without any of them stays as it is."""
        return tuple(dict.fromkeys(write(str(self.old)) for write in (str, _in_json, quote)))

    def require_fit(self) -> None:
        """Raise OperatorError where texts could not hold the new path."""
        if _UNFIT.search(str(self.new)):
            raise OperatorError(f"the home {self.new} has a quotation mark or a backslash in its path")

    def __call__(self, text: str) -> str:
        """The text, its paths moved."""
        return self._pattern.sub(self._moved, text)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        old = str(self.old)
        url, escaped, plain = (re.escape(f) for f in (f"file://{quote(old)}", _in_json(old), old))
        begins = rf"(?:(?<![/{_IN_A_NAME}])|(?<=:///))"
        return re.compile(rf"(?:(?P<url>{url})|{begins}(?:(?P<plain>{plain})|{escaped}))(?![{_IN_A_NAME}])")

    def _moved(self, found: re.Match[str]) -> str:
        if found["url"] is not None:
            return f"file://{quote(str(self.new))}"
        return str(self.new) if found["plain"] is not None else _in_json(str(self.new))


def _in_json(path: str) -> str:
    return json.dumps(path)[1:-1]
