"""A CSV table of known fine-tuning results, read into datasets or refused in one sentence."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.domain.rungs import rungs
from automl_tl.errors import TableInvalid
from automl_tl.search.policy.belief import UPSTREAM
from automl_tl.search.policy.option import Option, Outcome, PastDataset
from automl_tl.search.replay.comparable import CONFIG, comparable_settings, in_points

SCORE_COST = "score_cost_seconds"
_NEEDED = ("dataset", "model", "cost_seconds")
_SETTINGS = (
    *("learning_rate", "head_learning_rate", "optimizer", "weight_decay", "batch_size", "freeze_depth"),
    *("frozen_share", "augmentation", "dropout", "momentum", "scheduler"),
)
_EPOCH = re.compile(r"epoch_([1-9]\d*)")
_MOST_EPOCHS = 10_000

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsTable:
    """Every dataset of a table with all its outcomes; values are in points.

    ``ladder`` are the epochs at which values are known, the last one the end; (1,) without learning curves.
    ``ignored`` are the columns that are not used.
    """

    name: str
    datasets: tuple[PastDataset, ...]
    scores: tuple[str, ...] = ()
    ladder: tuple[int, ...] = (1,)
    has_configurations: bool = False
    facts: tuple[str, ...] = ()
    scores_cost: bool = False
    ignored: tuple[str, ...] = field(default=())


def read_table(path: Path) -> ResultsTable:
    """The table of a CSV file; raises TableInvalid with what was found and what was expected."""
    columns, rows = _rows_of(path)
    shape = _shape(columns, name=path.name)
    outcomes: dict[str, dict[str, Outcome]] = {}
    for line, cells in rows:
        row = _whole(cells, path, line)
        outcome = _outcome(row, shape=shape, columns=columns, where=f"{path.name}, line {line}")
        of_dataset = outcomes.setdefault(row["dataset"], {})
        if outcome.option.key in of_dataset:
            what = "model and config" if CONFIG in columns else "model"
            raise TableInvalid(
                f"{path.name}, line {line}: {outcome.option.key} stands twice under "
                f"{row['dataset']}; expected each {what} once a dataset"
            )
        of_dataset[outcome.option.key] = outcome
    if len(outcomes) < 2:
        raise TableInvalid(
            f"{path.name} has {len(outcomes) or 'no'} dataset; expected at least two, "
            "as each is left out in turn"
        )
    return _table(path.stem, outcomes, shape=shape, columns=columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What a table's columns hold; ``epochs`` is 0 without learning curves."""

    epochs: int
    scores: tuple[str, ...]
    settings: tuple[str, ...]

    @property
    def ladder(self) -> tuple[int, ...]:
        return rungs(self.epochs) if self.epochs else (1,)


def _rows_of(path: Path) -> tuple[tuple[str, ...], list[tuple[int, dict[str, str]]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = tuple(name.strip() for name in reader.fieldnames or ())
            reader.fieldnames = columns
            return columns, [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise TableInvalid(f"{path} cannot be read: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise TableInvalid(f"{path} is not a CSV table: {error}") from None


def _whole(row: dict[str, str], path: Path, line: int) -> Row:
    if None in row or None in row.values():
        raise TableInvalid(f"{path.name}, line {line} has more or fewer cells than the header has columns")
    return {name: cell.strip() for name, cell in row.items()}


def _shape(columns: Sequence[str], *, name: str) -> _Shape:
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise TableInvalid(f'{name} has the column "{twice[0]}" twice')
    epochs = sorted(int(found.group(1)) for column in columns if (found := _EPOCH.fullmatch(column)))
    missing = [column for column in _NEEDED if column not in columns]
    if "accuracy" not in columns and not epochs:
        missing.append("accuracy (or epoch_1 … epoch_n)")
    if missing:
        raise TableInvalid(f"{name} has no column {', '.join(missing)}; its columns are {_shown(columns)}")
    if len(epochs) > _MOST_EPOCHS or epochs != list(range(1, len(epochs) + 1)):
        raise TableInvalid(
            f"{name} has the epochs {_shown(epochs)}; expected epoch_1 to epoch_n without gaps"
        )
    return _Shape(
        epochs=len(epochs),
        scores=tuple(c for c in columns if c.startswith("score_") and c != SCORE_COST),
        settings=tuple(c for c in columns if c in _SETTINGS) if CONFIG in columns else (),
    )


def _shown(items: Sequence[object]) -> str:
    return ", ".join(str(item) for item in items[:12]) + (", …" if len(items) > 12 else "") or "none"


def _outcome(row: Row, *, shape: _Shape, columns: Sequence[str], where: str) -> Outcome:
    for name in ("dataset", "model"):
        if not row[name]:
            raise TableInvalid(f"{where}: {name} is empty; expected a name")
    seconds = _number(row, "cost_seconds", where=where)
    if seconds <= 0:
        raise TableInvalid(f"{where}: cost_seconds is {row['cost_seconds']}; expected a number above 0")
    curve = _curve(row, shape=shape, where=where)
    return Outcome(
        option=_option(row, shape=shape, columns=columns, seconds=seconds, where=where),
        value=curve[shape.ladder[-1]],
        rungs={epoch: curve[epoch] for epoch in shape.ladder[:-1]},
        scores={n: _number(row, n, where=where) for n in shape.scores if row[n]},
    )


def _curve(row: Row, *, shape: _Shape, where: str) -> dict[int, float]:
    """The best value until each epoch: what a trainer that keeps its best checkpoint holds."""
    if not shape.epochs:
        return {1: _number(row, "accuracy", where=where)}
    best, curve = -math.inf, {}
    for epoch in range(1, shape.epochs + 1):
        best = max(best, _number(row, f"epoch_{epoch}", where=where))
        curve[epoch] = best
    return curve


def _option(row: Row, *, shape: _Shape, columns: Sequence[str], seconds: float, where: str) -> Option:
    config = row.get(CONFIG, "")
    facts = {"cost": math.log(seconds)}
    for column, name in (("params", "parameters"), (UPSTREAM, UPSTREAM)):
        if row.get(column):
            number = _number(row, column, where=where)
            facts[name] = math.log(number) if name == "parameters" and number > 0 else number
    cost = _number(row, SCORE_COST, where=where) if row.get(SCORE_COST) else 0.0
    if cost < 0:
        raise TableInvalid(f"{where}: {SCORE_COST} is {row[SCORE_COST]}; expected a number of at least 0")
    return Option(
        key=f"{row['model']} / {config}" if config else row["model"],
        candidate=row["model"],
        facts=facts,
        groups={"family": row["family"]} if row.get("family") else {},
        settings={name: _setting(row[name]) for name in (*shape.settings, CONFIG) if row.get(name)},
        seconds=seconds,
        score_seconds=cost,
    )


def _setting(cell: str) -> float | str:
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if math.isfinite(number) else cell


def _number(row: Row, column: str, *, where: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise TableInvalid(f'{where}: {column} is "{row[column]}"; expected a number')
    return number


def _table(
    name: str, found: Mapping[str, Mapping[str, Outcome]], *, shape: _Shape, columns: Sequence[str]
) -> ResultsTable:
    datasets = [PastDataset(name=n, outcomes=tuple(o.values())) for n, o in found.items()]
    options = [outcome.option for dataset in datasets for outcome in dataset.outcomes]
    used = {*_NEEDED, CONFIG, "params", UPSTREAM, "family", SCORE_COST, *shape.scores, *shape.settings}
    used |= {"accuracy"} if not shape.epochs else set()
    return ResultsTable(
        name=name,
        datasets=comparable_settings(in_points(datasets)),
        scores=shape.scores,
        ladder=shape.ladder,
        has_configurations=CONFIG in columns,
        facts=tuple(c for c in ("params", UPSTREAM, "family") if c in columns),
        scores_cost=any(option.score_seconds > 0 for option in options),
        ignored=tuple(c for c in columns if c not in used and not _EPOCH.fullmatch(c)),
    )
