"""The noun ``predict``: what a served model says about files and texts."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.answers import Form, Record, writer_of
from automl_tl.cli.output import Exit
from automl_tl.data.picture_files import unfolded
from automl_tl.data.rows import is_table
from automl_tl.data.table import InputTable, open_table
from automl_tl.domain.prediction import CHAMPION, Input, Written
from automl_tl.errors import RequestError
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

STDIN = "-"
SHARE = click.FloatRange(0.0, 1.0)


@click.command()
@click.argument("model")
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--text", "texts", multiple=True, help="A text to predict for; may be given again.")
@click.option("--abstain-below", type=SHARE, default=0.0, help="Give no label below this probability.")
@click.option("--input-column", help="The column of a table that names files, or has texts.")
@click.option("--strict", is_flag=True, help="End at the first input that cannot be answered.")
@click.option("--json", "form", flag_value=Form.JSON, type=Form, help="One JSON object on standard output.")
@click.option("--jsonl", "form", flag_value=Form.LINES, type=Form, help="One JSON object a line.")
@click.option("--csv", "form", flag_value=Form.CSV, type=Form, help="A CSV table.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A .csv, .tsv or .jsonl file."
)
@click.pass_obj
def predict(
    settings: Settings,
    /,
    model: str,
    inputs: tuple[Path, ...],
    texts: tuple[str, ...],
    abstain_below: float,
    input_column: str | None,
    strict: bool,
    **writing: Any,
) -> Exit:
    """Predict with NAME[@ALIAS] on files, folders, a table of files or texts, - , or --text.

    A table (.csv, .tsv, .jsonl) keeps its columns and gets predicted_ ones; its paths are relative to it.
    With - paths come on standard input, one a line, and are answered by lines of JSON while they come.
    """
    if not inputs and not texts:
        raise RequestError("nothing was given to predict for: expected files, a table, or --text")
    name, _, alias = model.partition("@")
    is_stream = inputs == (Path(STDIN),)
    table = open_table(inputs[0], input_column=input_column) if _is_one_table(inputs) else None
    if input_column is not None and table is None:
        raise RequestError(
            f"--input-column {input_column} is for a table, but {(*inputs, *texts)[0]} is none"
        )
    strict = strict or _is_one_input(inputs, texts)
    records = chain(_records(table, inputs, is_stream=is_stream), _written(texts))
    failed = 0
    with models_door(settings) as door, writer_of(table=table, is_stream=is_stream, **writing) as write:
        answers = _answers(
            records,
            lambda asked: door.predict_each(
                name, asked, alias=alias or CHAMPION, abstain_below=abstain_below
            ),
        )
        for record, answer in answers:
            if "error" in answer:
                failed += 1
                if strict:
                    raise RequestError(answer["error"]["detail"])
            write(record, answer)
    if failed:
        click.echo(f"automl-tl: {failed} of the inputs could not be answered", err=True)
    return Exit.USAGE if failed else Exit.DONE


def _answers(records: Iterable[tuple[Record, Input]], ask: Any) -> Iterator[tuple[Record, Mapping[str, Any]]]:
    """Each record with its answer; those that are asked about and not yet answered are kept, no others."""
    waiting: deque[Record] = deque()

    def asked() -> Iterator[Input]:
        for record, given in records:
            waiting.append(record)
            yield given

    for answer in ask(asked()):
        yield waiting.popleft(), answer


def _records(
    table: InputTable | None, inputs: tuple[Path, ...], *, is_stream: bool
) -> Iterator[tuple[Record, Input]]:
    """What is asked about: a table's rows, standard input's lines, or files; with each its file or text."""
    if table is not None:
        for record in table.records():
            yield record, table.input_of(record)
    elif is_stream:
        for line in iter(sys.stdin.readline, ""):
            if line := line.rstrip("\r\n"):
                yield {"input": line}, Path(line).expanduser().absolute()
    else:
        for path in _files(inputs):
            yield {"input": str(path)}, path.expanduser().absolute()


def _written(texts: Iterable[str]) -> Iterator[tuple[Record, Input]]:
    for text in texts:
        yield {"input": text}, Written(text=text)


def _files(inputs: tuple[Path, ...]) -> Iterator[Path]:
    """The files, folders unfolded; raises RequestError before the first where one is to be read alone."""
    for path in inputs:
        if path == Path(STDIN) or is_table(path):
            raise RequestError(f"{path} is read alone, but {len(inputs)} inputs were given")
    return unfolded(inputs)


def _is_one_input(inputs: tuple[Path, ...], texts: tuple[str, ...]) -> bool:
    """Whether one file or text is asked about, and no table, folder or stream."""
    if len(inputs) + len(texts) != 1:
        return False
    return not inputs or not (inputs[0] == Path(STDIN) or is_table(inputs[0]) or inputs[0].is_dir())


def _is_one_table(inputs: tuple[Path, ...]) -> bool:
    return len(inputs) == 1 and is_table(inputs[0])
