import io
import json
import zipfile

import pytest
from PIL import Image

from automl_tl.data.magic import kind_of
from automl_tl.model.picture import _FORMATS


@pytest.mark.parametrize("kind", [f for f in _FORMATS if f != "PPM"])
def test_no_picture_is_taken_for_something_else(kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(file, kind)

    assert kind_of(file.getvalue()[:512]) is None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\x10\0\0\0WAVEfmt ", "a WAV sound"),
        (b"ID3\x03\0", "an MP3 sound"),
        (b"fLaC\0\0", "a FLAC sound"),
        (b"\0\0\0\x18ftypisom", "an MP4 film or sound"),
        (b"%PDF-1.7\n", "a PDF document"),
        ("größer".encode(), "a text"),
        ("größer".encode()[:4], "a text"),
        (json.dumps({"a": 1}).encode(), "a text"),
        (b"", None),
        (bytes(range(256)), None),
    ],
)
def test_a_file_is_told_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


def test_a_document_that_is_an_archive_is_told() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")

    assert "zip" in str(kind_of(file.getvalue()))
