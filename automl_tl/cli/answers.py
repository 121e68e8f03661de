"""Writing predictions as they come: words, one JSON object, lines of JSON, or a table."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

import click

from automl_tl.cli.output import Exit
from automl_tl.data.table import InputTable
from automl_tl.errors import AutomlError, RequestError

Record = Mapping[str, Any]
Write = Callable[[Record, Mapping[str, Any]], None]
_FORMS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "lines", ".ndjson": "lines"}
_ADDED = ("label", "guess", "probability", "version")


class Form(StrEnum):
    """How predictions are written."""

    WORDS = "words"
    JSON = "json"
    LINES = "lines"
    CSV = "csv"
    TSV = "tsv"


@contextmanager
def writer_of(
    *, form: Form | None, output: Path | None, table: InputTable | None, is_stream: bool
) -> Iterator[Write]:
    """What writes one record and its answer; raises RequestError for an output of unknown form.

    Files are written beside their place and appear whole.
    """
    if output is None:
        chosen = form or (Form.LINES if is_stream else Form.WORDS)
        with _writer(chosen, sys.stdout, table=table) as write:
            yield write
        return
    suffix = output.suffix.lower()
    if form is None and suffix not in _FORMS:
        raise RequestError(f"{output} ends in {suffix or 'nothing'}: expected one of {', '.join(_FORMS)}")
    draft = output.with_name(f".{output.name}.draft")
    try:
        with (
            draft.open("w", encoding="utf-8", newline="") as file,
            _writer(form or Form(_FORMS[suffix]), file, table=table) as write,
        ):
            yield write
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _writer(form: Form, file: TextIO, *, table: InputTable | None) -> Iterator[Write]:
    if form is Form.JSON:
        with _one_object(file, table=table) as write:
            yield write
    elif form is Form.LINES:
        yield lambda record, answer: _line(file, _joined(record, answer, table=table))
    elif form is Form.WORDS:
        yield lambda record, answer: _words(record, answer, table=table)
    else:
        yield _table(file, table=table, delimiter="\t" if form is Form.TSV else ",")


@contextmanager
def _one_object(file: TextIO, *, table: InputTable | None) -> Iterator[Write]:
    """``{"predictions": […]}``, written as it comes; what ends it early is said in ``error`` beside them."""
    is_begun = False

    def write(record: Record, answer: Mapping[str, Any]) -> None:
        nonlocal is_begun
        file.write(", " if is_begun else '{"predictions": [')
        is_begun = True
        file.write(json.dumps(_joined(record, answer, table=table), ensure_ascii=False))

    try:
        yield write
    except AutomlError as error:
        if not is_begun:
            raise
        said = json.dumps({"title": error.title, "detail": error.detail}, ensure_ascii=False)
        file.write(f'], "error": {said}}}\n')
        raise click.exceptions.Exit(Exit.USAGE) from error
    file.write("]}\n" if is_begun else '{"predictions": []}\n')


def _joined(record: Record, answer: Mapping[str, Any], *, table: InputTable | None) -> dict[str, Any]:
    """A file's answer under its own name; a row of a table with the answer's columns beside its own."""
    if table is None:
        return {**answer, **record}
    return {**record, **_added(answer)}


def _added(answer: Mapping[str, Any]) -> dict[str, Any]:
    columns = {f"predicted_{key}": answer.get(key) for key in _ADDED}
    return {**columns, "predicted_error": answer.get("error", {}).get("detail")}


def _line(file: TextIO, row: Mapping[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=False) + "\n")
    file.flush()  # whoever feeds a stream waits for its answer


def _table(file: TextIO, *, table: InputTable | None, delimiter: str) -> Write:
    own = ("input",) if table is None else table.columns
    columns = list(dict.fromkeys((*own, *_added({}))))
    rows = csv.DictWriter(
        file, columns, delimiter=delimiter, extrasaction="ignore", restval="", lineterminator="\n"
    )
    rows.writeheader()
    return lambda record, answer: rows.writerow({**record, **_added(answer)})


def _words(record: Record, answer: Mapping[str, Any], *, table: InputTable | None) -> None:
    name = record["input"] if table is None else record.get(table.input_column)
    if "error" in answer:
        click.echo(f"automl-tl: {answer['error']['detail']}", err=True)
        return
    label = f"abstained ({answer['guess']}?)" if answer["abstained"] else answer["label"]
    click.echo(f"{label:<20} {answer['probability']:.4f}  {name}")
