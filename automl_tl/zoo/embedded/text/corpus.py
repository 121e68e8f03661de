"""English that every Python carries: docstrings, comments and help topics of its standard library."""

import ast
import hashlib
import io
import re
import sysconfig
import tokenize
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path

DESCRIPTION = "documentation strings, comments and help topics of Python's standard library"
HELD_OUT = 0.3
"""Share of the documentation strings that no pretraining sees; what they are worth is measured on these."""

_LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"})
_TOPICS = "pydoc_data"
_FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """``text`` with its line breaks; ``module`` is dotted; what is no docstring is a comment or a topic."""

    module: str
    text: str
    is_docstring: bool = True

    @property
    def digest(self) -> bytes:
        """The sha256 of its text."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def is_held_out(self) -> bool:
        """Whether no pretraining may see it: decided by its text, so the same in every Python that has it."""
        return self.is_docstring and self.digest[0] < HELD_OUT * 256


def passages(library: Path | None = None) -> Iterator[Passage]:
    """Every passage of five words or more below ``library`` (None: this Python's own), file by file.

    Files are read and parsed, never imported; those that do not parse are passed over.
    """
    for path, module in _files(library):
        yield from _of_file(path, module=module)


def documentation(*, of: Container[str]) -> Iterator[Passage]:
    """Of ``passages()`` the docstrings of these top-level modules; no other file is read."""
    for path, module in _files(None):
        if module.partition(".")[0] in of:
            yield from _long_enough(_docstrings(ast.parse(path.read_bytes()), module=module))


def _files(library: Path | None) -> Iterator[tuple[Path, str]]:
    """Every file that may be read, and its module."""
    root = library or Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if _LEFT_OUT.isdisjoint(place.parts):
            yield path, _dotted(place)


def _of_file(path: Path, *, module: str) -> Iterator[Passage]:
    source = path.read_bytes()
    try:
        tree = ast.parse(source)
        if module.startswith(_TOPICS):
            found = list(_topics(tree, module=module))
        else:
            found = [*_docstrings(tree, module=module), *_comments(source, module=module)]
    except (SyntaxError, ValueError):
        return
    yield from _long_enough(found)


def _long_enough(found: Iterable[Passage]) -> Iterator[Passage]:
    return (passage for passage in found if len(passage.text.split()) >= _FEWEST_WORDS)


def _docstrings(tree: ast.Module, *, module: str) -> Iterator[Passage]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield Passage(module=module, text=text)


def _topics(tree: ast.Module, *, module: str) -> Iterator[Passage]:
    """Strings of the help system's tables, cut at empty lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for part in re.split(r"\n\s*\n", node.value):
                yield Passage(module=module, text=cleandoc(part), is_docstring=False)


def _comments(source: bytes, *, module: str) -> Iterator[Passage]:
    """Blocks of comment lines that stand alone, one below the other."""
    block: list[str] = []
    last = -1
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type != tokenize.COMMENT or token.line.strip() != token.string:
            continue
        if block and token.start[0] != last + 1:
            yield Passage(module=module, text="\n".join(block), is_docstring=False)
            block = []
        last = token.start[0]
        block.append(token.string.lstrip("#! ").rstrip())
    if block:
        yield Passage(module=module, text="\n".join(block), is_docstring=False)


def _dotted(place: Path) -> str:
    parts = place.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
