"""What a file is, told by its first bytes."""

HEAD_BYTES = 512

_STARTS = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive (or a document that is one)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"fLaC", "a FLAC sound"),
    (b"OggS", "an Ogg sound or film"),
    (b"ID3", "an MP3 sound"),
    (b"\xff\xfb", "an MP3 sound"),
    (b"\xff\xf3", "an MP3 sound"),
    (b"\xff\xf2", "an MP3 sound"),
    (b"MThd", "a MIDI file"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM film"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PAR1", "a Parquet table"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"<?xml", "an XML text"),
    (b"<svg", "an SVG drawing"),
    (b"%!PS", "a PostScript document"),
)
_RIFFS = {b"WAVE": "a WAV sound", b"AVI ": "an AVI film"}
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def kind_of(head: bytes) -> str | None:
    """What a file with these first bytes is: ``a WAV sound``; None where that is unknown, or a picture."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] in _RIFFS:
        return _RIFFS[head[8:12]]
    if head[4:8] == b"ftyp" and head[8:12] not in (b"avif", b"avis", b"heic", b"mif1"):
        return "an MP4 film or sound"
    return "a text" if head and _is_text(head) else None


def _is_text(head: bytes) -> bool:
    if _CONTROLS.intersection(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # a letter cut in two at the end
    return True
