"""The options that ``run`` and ``submit`` share, and the submission they make."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from automl_tl.domain.dataset import Columns
from automl_tl.domain.metric import Metric
from automl_tl.errors import RequestError
from automl_tl.search.space_file import find_space
from automl_tl.search.table import suggestion

COLUMNS: tuple[Callable[[Any], Any], ...] = (
    click.option("--input-column", metavar="C", help="Tables: the column with texts, or with files' paths."),
    click.option("--label-column", metavar="C", help="Tables: the column with the label."),
    click.option("--group-column", metavar="C", help="Tables: samples of one group stay in one split."),
    click.option("--split-column", metavar="C", help="Tables: the column with a given split."),
    click.option("--slice-column", metavar="C", help="Tables: the column whose slices are reported."),
)
"""What is what in a table; guessed where it is obvious."""

_WHAT: tuple[Callable[[Any], Any], ...] = (
    click.argument("dataset", required=False),
    click.option("--name", help="The model line that this job improves; needed."),
)
JOB: tuple[Callable[[Any], Any], ...] = (
    click.option("--space", help="A space's name or file (default: embedded)."),
    click.option(
        "--time-budget",
        metavar="TIME",
        help="Such as 90s, 10m, 1h30m; proof included (10m without any budget).",
    ),
    click.option("--max-trials", type=int, metavar="N", help="Trials at most."),
    click.option("--epoch-budget", type=int, metavar="N", help="Epochs of all trials together at most."),
    click.option(
        "--metric",
        metavar="NAME",
        help=f"What is compared, fixed by a name's first job: {', '.join(Metric)} (default: accuracy, or "
        "balanced_accuracy where classes are uneven).",
    ),
    click.option("--seed", type=int, metavar="N", help="Same seed, same data, one worker: the same search."),
    click.option("--priority", type=int, metavar="N", help="Higher goes first in the queue (default: 0)."),
    click.option(
        "--dataset-name", metavar="NAME", help="Splits are remembered under it (default: the name)."
    ),
    click.option(
        "--strategy",
        type=click.Choice(["funnel", "tune"]),
        help="How to search; tune: by Ray Tune (OptunaSearch, ASHA).",
    ),
    click.option(
        "--executor",
        type=click.Choice(["ray", "inline"]),
        help="Worker processes (default), or none.",
    ),
    click.option("--max-latency-ms", type=float, metavar="X", help="One sample's time at most."),
    click.option("--max-size-mb", type=float, metavar="X", help="Size of the weights at most."),
    click.option("--max-params", type=int, metavar="N", help="Parameters at most."),
    *COLUMNS,
    click.option(
        "--on-leak",
        type=click.Choice(["drop-train", "refuse", "resplit", "ignore"]),
        help="What to do with samples that stand in training and in test (default: drop-train).",
    ),
    click.option(
        "--reuse",
        is_flag=True,
        default=None,
        help="An earlier answer will do, where data, space and code are the same.",
    ),
)
"""How a job is carried out, whatever submits it."""

_OTHER: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--from",
        "from_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="JOB.toml",
        help="The same names as keys; the command line wins.",
    ),
    click.option("--plan", is_flag=True, help="Tell what the job would do, and spend nothing."),
    click.option("--fail-unless-promoted", is_flag=True, help="Exit 3 unless the gate promoted."),
    click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output."),
)
_KEYS = frozenset(
    (
        *(
            "dataset",
            "name",
            "space",
            "time_budget",
            "max_trials",
            "epoch_budget",
            "metric",
            "seed",
            "priority",
        ),
        *("dataset_name", "strategy", "executor", "max_latency_ms", "max_size_mb", "max_params"),
        *("input_column", "label_column", "group_column", "split_column", "slice_column", "on_leak", "reuse"),
    )
)


def submission_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a submission."""
    return with_options(command, (*_WHAT, *JOB, *_OTHER))


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name a table's columns; ``columns_of`` reads them."""
    return with_options(command, COLUMNS)


def with_options(command: Callable[..., Any], options: Sequence[Callable[[Any], Any]]) -> Callable[..., Any]:
    """Give a command these options, in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def columns_of(options: Mapping[str, str | None]) -> Columns:
    """The columns as ``column_options`` names them."""
    return Columns(**{key.removesuffix("_column"): column for key, column in options.items()})


def submission(
    options: dict[str, Any], *, from_file: Path | None, is_elsewhere: bool = False
) -> dict[str, Any]:
    """The submission as the API takes it: only what was said, paths absolute, a space file read.

    ``is_elsewhere``: it goes to another machine, which reads the dataset's path as it was said.
    """
    table = _from_toml(from_file, is_elsewhere=is_elsewhere)
    said = {**table, **{k: v for k, v in options.items() if v is not None}}
    for needed in ("dataset", "name"):
        if not said.get(needed):
            raise RequestError(f"{needed} is missing; expected: automl-tl run|submit DATASET --name NAME")
    if isinstance(said["dataset"], str) and not is_elsewhere:
        said["dataset"] = str(Path(said["dataset"]).expanduser().absolute())
    if isinstance(space := said.get("space"), str) and _is_path(space):
        text, root = find_space(space)
        said["space"], said["space_root"] = text, str(root)
    return said


def _is_path(space: str) -> bool:
    """Neither a bare name nor the TOML text itself."""
    return "\n" not in space and not space.startswith("[") and (space.endswith(".toml") or "/" in space)


def _from_toml(path: Path | None, *, is_elsewhere: bool) -> dict[str, object]:
    if path is None:
        return {}
    try:
        table = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise RequestError(f"{path} is not TOML: {error}") from error
    said = {key.replace("-", "_"): value for key, value in table.items()}
    if unknown := sorted(set(said) - _KEYS):
        raise RequestError(f"{path}: unknown key {unknown[0]!r}; {suggestion(unknown[0], sorted(_KEYS))}")
    for key in ("dataset", "space"):  # relative to the file
        value = said.get(key)
        if isinstance(value, str) and (not is_elsewhere if key == "dataset" else _is_path(value)):
            said[key] = str(path.absolute().parent / Path(value).expanduser())
    return said
