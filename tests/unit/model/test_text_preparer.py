"""Texts become the ids of their tokens, as many as are read, by a tokenizer that is known to be the one."""

import hashlib
from pathlib import Path

import pytest
import text_nets

from automl_tl.model.preparer import Preparer, preparer_of
from automl_tl.model.problem import ArtifactDamaged, SampleUnreadable
from automl_tl.model.spec import TOKENIZER, TextPreprocessing

CONTENT = text_nets.tokenizer().to_str().encode()
LOOK = TextPreprocessing(
    length=6, tokenizer=hashlib.sha256(CONTENT).hexdigest(), vocabulary=text_nets.SIZES["vocab_size"]
)


@pytest.fixture
def preparer() -> Preparer:
    return preparer_of(LOOK, {TOKENIZER: CONTENT})


def test_a_text_is_read_alike_as_words_bytes_and_file(preparer: Preparer, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("sea0 sea1", encoding="utf-8-sig")

    found = [preparer.prepare(source) for source in ("sea0 sea1", b"sea0 sea1", tmp_path / "text.txt")]

    assert [ids.tolist() for ids in found] == [[2, 4, 5, 3, -1, -1]] * 3
    assert found[0].dtype == LOOK.dtype


def test_what_is_too_long_is_cut_and_keeps_its_marks(preparer: Preparer) -> None:
    long = " ".join(["sea0"] * 300_000)  # 1.5 megabytes

    assert preparer.prepare(long).tolist() == [2, 4, 4, 4, 4, 3]
    assert preparer.lengths([b"sea0", long.encode()]).tolist() == [3, 6]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "words"), [(b"caf\xe9", "is no text in UTF-8: byte 3 is 0xe9"), (" ", "is empty")]
)
def test_what_cannot_be_read_is_said(given: bytes | str, words: str) -> None:
    plain = text_nets.tokenizer(has_marks=False).to_str().encode()
    look = TextPreprocessing(length=6, tokenizer=hashlib.sha256(plain).hexdigest(), vocabulary=64)

    with pytest.raises(SampleUnreadable, match=words):
        preparer_of(look, {TOKENIZER: plain}).prepare(given)


@pytest.mark.parametrize(
    ("files", "words"),
    [({}, "there is no tokenizer.json"), ({TOKENIZER: b"{}"}, "is not the tokenizer that the model")],
)
def test_another_tokenizer_is_refused(files: dict[str, bytes], words: str) -> None:
    with pytest.raises(ArtifactDamaged, match=words):
        preparer_of(LOOK, files)
