"""Somebody's words, and tables, as Markdown."""

from collections.abc import Iterable, Sequence


def text(said: str) -> str:
    """Somebody's words as Markdown that shows them, in a table too: no markup, no line of its own."""
    plain = " ".join(said.split()).replace("\\", "\\\\")
    for sign in "|*[]`":
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("<", "&lt;")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under a header; what stands in a cell is Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
