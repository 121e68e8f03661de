"""The licence that a repository's model card states, read before any weights are fetched."""

import re
from pathlib import Path

from automl_tl.errors import CandidateFailed
from automl_tl.zoo import hub

CARD = "README.md"
_FRONT = re.compile(r"\A\s*---\s*\n(.*?)\n---\s*(\n|\Z)", re.DOTALL)
_OTHER = ("other", "unknown")


def stated_licence(repository: str, *, revision: str | None, cache: Path | None, is_here: bool) -> str | None:
    """What the repository's model card says its licence is, None where it says none.

    Fetches ``README.md`` alone. Where weights ``is_here`` without a card that could be read, nothing is known
    of it. Raises CandidateUnknown, CandidateFailed.
    """
    try:
        card = hub.fetch(repository, CARD, revision=revision, cache=cache)
    except CandidateFailed as error:
        if is_here:
            return None
        raise CandidateFailed(
            f"its licence cannot be read before its weights are fetched: {error}"
        ) from error
    return None if card is None else licence_in(card.read_text(encoding="utf-8", errors="replace"))


def licence_in(card: str) -> str | None:
    """The licence in the YAML that a model card begins with; ``other`` is looked up in ``license_name``."""
    front = _FRONT.match(card)
    if front is None:
        return None
    found = _value(front[1], "license")
    return _value(front[1], "license_name") or found if found in _OTHER else found


def _value(front: str, key: str) -> str | None:
    """The value of a top-level key, the first where it is a list."""
    found = re.search(rf"^{key}:[ \t]*(?:\n[ \t]*-[ \t]+|\[[ \t]*)?([^\n,\]]+)", front, re.MULTILINE)
    return None if found is None else found[1].strip().strip("'\"") or None
