"""What names, dataset-names, schedules and tenants may be called."""

import re

from automl_tl.errors import RequestError

EXPECTED = "1 to 63 of a-z, 0-9, _ and -, the first a letter or a digit"
"""What may stand there, as people are told."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def is_name(text: str) -> bool:
    """Whether something may be called so."""
    return _NAME.fullmatch(text) is not None


def checked_name(text: str, *, what: str) -> str:
    """The name of ``what`` (``tenant``), if it is one; raises RequestError."""
    if not is_name(text):
        raise RequestError(f"{what} {text[:100]!r}: expected {EXPECTED}")
    return text
