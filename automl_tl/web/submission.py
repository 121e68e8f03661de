"""From what a person submitted to a job request that can be carried out."""

import math
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from automl_tl.data.rows import SUFFIXES, is_table
from automl_tl.domain import duration
from automl_tl.domain.budget import Budget
from automl_tl.domain.caller import OPERATOR, Caller
from automl_tl.domain.candidate import Source
from automl_tl.domain.dataset import Columns, DatasetSource
from automl_tl.domain.job import ExecutorKind, JobRequest, Limits, Strategy
from automl_tl.domain.metric import UNSETTLED
from automl_tl.domain.name import checked_name
from automl_tl.domain.space import Space
from automl_tl.errors import BudgetInvalid, DatasetRefused, RequestError, SpaceInvalid
from automl_tl.search.space_file import find_space, read_space
from automl_tl.settings import Settings
from automl_tl.web.archives import suffix_of
from automl_tl.web.problems import sentence
from automl_tl.web.readable import check_readable
from automl_tl.web.schemas import Submission

DEFAULT_BUDGET = Budget(seconds=600.0)
MAX_SEED = 2**32 - 1
MAX_PRIORITY = 1_000_000
_T = TypeVar("_T")
_KEPT_CHARACTERS = 20_000  # of a space's text; a longer one is read each time
_SPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def read_submission(options: Mapping[str, object], *, settings: Settings) -> JobRequest:
    """An operator's job request from options by name, such as the command line's; raises RequestError."""
    try:
        submission = Submission.model_validate(dict(options))
    except ValidationError as error:
        raise RequestError(sentence(error.errors())) from None
    return job_request(submission, settings=settings, caller=OPERATOR)


def job_request(submission: Submission, *, settings: Settings, caller: Caller) -> JobRequest:
    """The request behind a submission, after everything that can be checked at once; raises RequestError."""
    space, root = _space(submission, settings=settings, caller=caller)
    return JobRequest(
        name=checked_name(submission.name, what="name"),
        dataset=DatasetSource(
            path=str(check_dataset(submission.dataset, settings=settings, caller=caller)),
            columns=_columns(submission),
            on_leak=submission.on_leak,
        ),
        space=space,
        space_root=str(root),
        dataset_name=checked_name(submission.dataset_name, what="dataset_name")
        if submission.dataset_name
        else "",
        budget=_budget(submission),
        metric=str(submission.metric or UNSETTLED),
        seed=_within(submission.seed, low=0, high=MAX_SEED, key="seed"),
        priority=_within(submission.priority, low=-MAX_PRIORITY, high=MAX_PRIORITY, key="priority"),
        strategy=_strategy(submission),
        executor=submission.executor,
        limits=_limits(submission),
        reuse=submission.reuse,
    )


def check_dataset(text: str, *, settings: Settings, caller: Caller) -> Path:
    """The dataset's path, once it is seen to be a folder, a table or an archive; raises DatasetRefused."""
    path = check_readable(text, settings=settings, caller=caller)
    if path.is_dir() or (path.is_file() and (is_table(path) or _is_archive(path))):
        if path.parent == settings.folders.uploads(caller.tenant):
            os.utime(path)  # wanted now: what lets old uploads go sees it
        return path
    found = "is neither a folder nor a zip or tar archive, nor a table" if path.exists() else "does not exist"
    tables = ", ".join(sorted(SUFFIXES))
    raise DatasetRefused(
        f"the dataset {path} {found}: expected a folder of class folders, a table ({tables}), a folder of "
        "tables, or an archive of them"
    )


def _is_archive(path: Path) -> bool:
    try:
        return suffix_of(path) is not None
    except OSError as error:
        raise DatasetRefused(f"{path} cannot be read: {error.strerror}") from None


def _space(submission: Submission, *, settings: Settings, caller: Caller) -> tuple[str, Path]:
    """The space's text and root, after it was read once, and every folder of weights seen to be readable."""
    text = submission.space
    if "\n" in text or "[" in text:
        root = Path(submission.space_root or ".")
    elif _SPACE_NAME.fullmatch(text):
        text, root = find_space(text)
    else:
        raise SpaceInvalid(f"{text[:100]!r} is neither the name of a search space nor the TOML text of one")
    read = _known_space if len(text) <= _KEPT_CHARACTERS else read_space
    for candidate in read(text, root=root).candidates:
        if candidate.kind is Source.LOCAL_DIR and caller.key is not None:
            check_readable(candidate.reference, settings=settings, caller=caller)
    return text, root


@lru_cache(maxsize=32)
def _known_space(text: str, *, root: Path) -> Space:
    """What was read a moment ago: whoever submits often submits the same space."""
    return read_space(text, root=root)


def _strategy(submission: Submission) -> Strategy:
    if submission.strategy is Strategy.TUNE and submission.executor is ExecutorKind.INLINE:
        raise RequestError("strategy tune runs on Ray, but executor inline was asked for; expected ray")
    return submission.strategy


def _budget(submission: Submission) -> Budget:
    """The limits that were given, or the default where none was."""
    budget = Budget(
        seconds=_budget_seconds(submission.time_budget),
        trials=_above_zero(submission.max_trials, key="max_trials"),
        epochs=_above_zero(submission.epoch_budget, key="epoch_budget"),
    )
    return budget if budget.is_limited else DEFAULT_BUDGET


def _budget_seconds(given: float | str | None) -> float | None:
    if given is None:
        return None
    try:
        seconds = duration.seconds(given) if isinstance(given, str) else float(given)
    except ValueError as error:
        raise BudgetInvalid(f"time_budget: {error}") from None
    if not (math.isfinite(seconds) and seconds > 0):
        raise BudgetInvalid(f"time_budget {given}: expected more than 0 seconds")
    return seconds


def _above_zero(value: int | None, *, key: str) -> int | None:
    if value is not None and value < 1:
        raise BudgetInvalid(f"{key} {value}: expected 1 or more")
    return value


def _within(value: int, *, low: int, high: int, key: str) -> int:
    if not low <= value <= high:
        raise RequestError(f"{key} {value}: expected {low} to {high}")
    return value


def _limits(submission: Submission) -> Limits:
    group = submission.limits
    limits = Limits(
        latency_milliseconds=_first(submission.max_latency_ms, group.max_latency_ms),
        size_megabytes=_first(submission.max_size_mb, group.max_size_mb),
        parameters=_first(submission.max_params, group.max_params),
    )
    for value in (limits.latency_milliseconds, limits.size_megabytes, limits.parameters):
        if value is not None and value <= 0:
            raise RequestError(f"a limit of {value} admits no model: expected more than 0")
    return limits


def _columns(submission: Submission) -> Columns:
    group = submission.columns
    return Columns(
        input=_first(submission.input_column, group.input),
        label=_first(submission.label_column, group.label),
        group=_first(submission.group_column, group.group),
        split=_first(submission.split_column, group.split),
        slice=_first(submission.slice_column, group.slice),
    )


def _first(*values: _T | None) -> _T | None:
    return next((value for value in values if value is not None), None)
