"""The sketch of a text: its length, and hashes by which texts are found that are mostly the same."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

HASHES = 32
PART = 5
"""Bytes of a part; a text has as many parts as bytes, and a changed word changes some more than it has."""

MOST_BYTES = 2**16
"""Of a text that are compared: what is alike so far is a copy."""

TEXT_SKETCH = np.dtype(
    [("signs", "<u4"), ("words", "<u4"), ("parts", "<u4"), ("whole", "<u8"), ("least", "<u4", (HASHES,))]
)
"""One record: characters; of the plain text words, parts, and one hash; 32 least hashes of a part."""

_ODD = re.compile(r"[\W_]+")
_MULTIPLIERS = np.random.default_rng(5).integers(2**30, 2**32, HASHES, dtype=np.uint32) | np.uint32(1)


def plain(data: bytes) -> bytes:
    """A text as it is compared: letters, digits and signs (emoji), of one case and width, single spaces."""
    text = data.decode(errors="replace")
    if text.isascii():
        return _ODD.sub(" ", text.lower()).strip().encode()[:MOST_BYTES]
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMNS" else " " for sign in folded)
    return " ".join(kept.split()).encode()[:MOST_BYTES]


def sketch_texts(texts: Sequence[bytes]) -> NDArray[np.void]:
    """The sketches [n] of texts in UTF-8 (MinHash; Broder 1997)."""
    records = np.zeros(len(texts), dtype=TEXT_SKETCH)
    plains = [plain(text) for text in texts]
    hashed, starts, lengths = _parts(plains)
    records["signs"] = [len(text.decode(errors="replace")) for text in texts]
    records["words"] = [len(text.split()) for text in plains]
    records["parts"] = lengths
    place = np.arange(len(hashed)) - np.repeat(starts, np.append(np.diff(starts), len(hashed) - starts[-1]))
    order = (place.astype(np.uint64) << np.uint64(1)) | np.uint64(1)
    records["whole"] = np.add.reduceat(hashed * order, starts)
    short = (hashed >> np.uint64(32)).astype(np.uint32)  # three times as fast to multiply
    for number, multiplier in enumerate(_MULTIPLIERS):
        records["least"][:, number] = np.minimum.reduceat(short * multiplier, starts)
    return records


def parts_of(text: bytes) -> NDArray[np.uint64]:
    """The hashes of a text's parts, each once, sorted."""
    return np.unique(_parts([plain(text)])[0])


def _parts(plains: Sequence[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.intp], NDArray[np.intp]]:
    """Hashes of the parts of all texts, one text after another; where each begins, and how many it has.

    A text is taken to end in spaces, so that a short one has parts too.
    """
    lengths = np.array([len(text) + 1 for text in plains])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    joined = np.frombuffer(b" ".join(plains) + b" " * PART, dtype=np.uint8).astype(np.uint64)
    count = int(lengths.sum())
    packed = np.zeros(count, dtype=np.uint64)
    for place in range(PART):
        packed |= joined[place : place + count] << np.uint64(8 * place)
    ends = starts + lengths
    for place in range(1, PART):  # parts that reach into the next text end in spaces instead
        cut = ends - place
        cut = cut[cut >= starts]
        mask = (np.uint64(1) << np.uint64(8 * place)) - np.uint64(1)
        blank = np.uint64(sum(0x20 << (8 * i) for i in range(place, PART)))
        packed[cut] = (packed[cut] & mask) | blank
    return _mixed(packed), starts, lengths


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Well spread 64-bit hashes (the finaliser of MurmurHash3)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 1):
        values = (values ^ (values >> np.uint64(33))) * np.uint64(factor)
    return values
