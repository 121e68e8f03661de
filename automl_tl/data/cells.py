"""What a table's cells mean: texts and labels, or the reason why not."""

import math
import re
import unicodedata

MOST_TEXT_BYTES = 2**24
_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_MISSING = ("", "nan", "<na>")


def text_of(cell: object) -> bytes | str:
    """A text in UTF-8, as it stands; or a clause that says what is wrong with it."""
    if not isinstance(cell, str):
        return "is missing" if cell is None or cell != cell else f"is {cell!r:.50}, but a text was expected"
    try:
        data = cell.encode()
    except UnicodeEncodeError:
        return "has half a character (a lone surrogate)"
    if len(data) > MOST_TEXT_BYTES:
        return f"has {len(data):,} bytes, but a text has at most {MOST_TEXT_BYTES:,}"
    return data if data.strip() else "is empty"


def label_of(cell: object) -> str | None:
    """The class that a cell names; None for an empty one, NaN, null and nested ones.

    Space around it is cut off. Whole numbers are what people mean by 1.0: a column of them becomes one of
    floats as soon as a single cell is empty, so ``1.0`` is read as ``1``. Letters are composed (NFC), as in
    the names of class folders.
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return None if math.isnan(cell) else str(int(cell)) if cell.is_integer() else str(cell)
    if not isinstance(cell, str | int):
        return None
    label = unicodedata.normalize("NFC", str(cell).strip())
    if label.casefold() in _MISSING or not is_valid(label):
        return None
    whole = _WHOLE.fullmatch(label)
    return whole[1] if whole else label


def is_valid(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)
