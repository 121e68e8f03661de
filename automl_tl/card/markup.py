"""Markup whose text is always escaped."""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_ALONE = frozenset({"meta", "img", "br"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"


def tag(name: str, /, *children: Child, **attributes: object) -> Html:
    """An element; text is escaped, None left out.

    ``class_`` is ``class`` and ``aria_label`` is ``aria-label``; numbers lose digits that nobody sees.
    """
    said = "".join(
        f' {_attribute(key)}="{escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _ALONE:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Children one after another, text escaped."""
    return Html("".join(_markup(child) for child in children))


def _markup(child: Child) -> str:
    if child is None or isinstance(child, Html):
        return child or ""
    if isinstance(child, str):
        return escape(child, quote=False)
    return "".join(_markup(inner) for inner in child)


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _shown(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
