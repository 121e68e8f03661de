"""Texts made ready for a network: ids of tokens, as many as it was decided to read."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from automl_tl.model.problem import ArtifactDamaged, SampleUnreadable
from automl_tl.model.spec import PADDING, TOKENIZER, TextPreprocessing

Text = Path | bytes | str
_CHARACTERS_A_TOKEN = 64
"""What lies behind this many times the tokens that are read is not looked at: a text may have megabytes."""


class TextPreparer:
    """Tokenises, cuts off what is too long, pads on the right."""

    noun = "text"

    def __init__(self, preprocessing: TextPreprocessing, files: Mapping[str, bytes]) -> None:
        """``files`` hold the tokenizer; raises ArtifactDamaged where it is none, or not the one named."""
        self.preprocessing = preprocessing
        self._tokenizer = _opened(files, sha256=preprocessing.tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(preprocessing.length)

    def prepare(self, source: Text) -> NDArray[np.int32]:
        """Ids int32 [L], −1 behind the last; raises SampleUnreadable, OSError for a path."""
        text = _decoded(source)[: self.preprocessing.length * _CHARACTERS_A_TOKEN]
        if not text.strip():  # its marks alone would get an answer
            raise SampleUnreadable("is empty")
        found = self._tokenizer.encode(text).ids
        if not found:
            raise SampleUnreadable("holds no token that the tokenizer knows")
        ids = np.full(self.preprocessing.length, PADDING, np.int32)
        ids[: len(found)] = found
        return ids

    def lengths(self, contents: Sequence[bytes]) -> NDArray[np.int64]:
        """How many tokens each text has, marks that are added included, up to the preprocessing's length."""
        most = self.preprocessing.length * _CHARACTERS_A_TOKEN
        texts = [_decoded(content)[:most] for content in contents]
        return np.array([len(found.ids) for found in self._tokenizer.encode_batch_fast(texts)], np.int64)


def vocabulary(tokenizer: bytes) -> int:
    """How many ids a tokenizer gives, those of added tokens included; raises ArtifactDamaged."""
    return 1 + max(_parsed(tokenizer).get_vocab(with_added_tokens=True).values(), default=0)


def _opened(files: Mapping[str, bytes], *, sha256: str) -> Tokenizer:
    content = files.get(TOKENIZER)
    if content is None:
        raise ArtifactDamaged(f"there is no {TOKENIZER}, and texts are read with one")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ArtifactDamaged(f"{TOKENIZER} is not the tokenizer that the model was made with")
    return _parsed(content)


def _parsed(content: bytes) -> Tokenizer:
    try:
        return Tokenizer.from_str(content.decode())
    except Exception as error:  # tokenizers raises Exception itself
        raise ArtifactDamaged(f"{TOKENIZER} cannot be read: {error}") from error


def _decoded(source: Text) -> str:
    if isinstance(source, str):
        return source
    data = source.read_bytes() if isinstance(source, Path) else source
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is {data[error.start]:#04x}"
        raise SampleUnreadable(f"is no text in UTF-8: {found}") from error
