"""How text files are told and tried."""

from functools import partial

from automl_tl.data.cells import MOST_TEXT_BYTES
from automl_tl.data.sketches import Sketches
from automl_tl.data.survey import Reader
from automl_tl.data.text_sketch import TEXT_SKETCH, sketch_texts
from automl_tl.domain.dataset import Modality


def verify(data: bytes) -> bytes:
    """The text's bytes; raises ValueError, a clause, where they are no text in UTF-8, or an empty one."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8: byte {error.start:,} is 0x{data[error.start]:02x}") from None
    if "\0" in text:
        raise ValueError("is no text: it has zero bytes")
    if not text.strip():
        raise ValueError("is empty")
    return data


TEXT = Reader(
    modality=Modality.TEXT,
    noun="text",
    suffixes=frozenset((".txt", ".text", ".md")),
    most_bytes=MOST_TEXT_BYTES,
    verify=verify,
    sketched=partial(Sketches, TEXT_SKETCH, make=sketch_texts),
)
