"""Predictions for files of this machine, by a daemon on another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from automl_tl.client.connection import API, PREDICT_SECONDS, Connection, Json
from automl_tl.domain.prediction import OnError, Written
from automl_tl.errors import RequestError

_PORTION_BYTES = 64 * 2**20  # of one request; the daemon takes four times that


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file's content, or why it cannot be read."""

    path: str
    content: bytes = b""
    why: str | None = None


def predict_sent(
    connection: Connection,
    name: str,
    inputs: Sequence[str | Path | Written],
    *,
    alias: str,
    abstain_below: float,
) -> Iterator[Json]:
    """One answer an input, in order; a file that cannot be read here, or answered there, has ``error``."""
    terms = {"alias": alias, "abstain_below": abstain_below, "on_error": str(OnError.TELL)}

    def ask(**more: Any) -> list[Json]:
        path = f"{API}/models/{name}/predict"
        answers: list[Json] = connection.post(path, seconds=PREDICT_SECONDS, **more)["predictions"]
        return answers

    for are_texts, group in groupby(inputs, key=lambda one: isinstance(one, Written)):
        if are_texts:
            yield from ask(
                json={"inputs": [asdict(one) for one in group if isinstance(one, Written)], **terms}
            )
            continue
        for portion in _portions(_read(str(one)) for one in group):
            sent = [("files", (file.path, file.content)) for file in portion if file.why is None]
            answers = iter(ask(params=terms, files=sent) if sent else ())
            yield from (_refused(file) or {**next(answers), "input": file.path} for file in portion)


def _read(path: str) -> _File:
    try:
        return _File(path=path, content=Path(path).read_bytes())
    except OSError as error:
        return _File(path=path, why=f"{path} cannot be read: {error.strerror}")


def _portions(files: Iterable[_File]) -> Iterator[list[_File]]:
    """The files in order, in lists of about ``_PORTION_BYTES``."""
    portion: list[_File] = []
    size = 0
    for file in files:
        if portion and size + len(file.content) > _PORTION_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(file)
        size += len(file.content)
    if portion:
        yield portion


def _refused(file: _File) -> Json | None:
    if file.why is None:
        return None
    return {"input": file.path, "error": {"title": RequestError.title, "detail": file.why}}
