"""A job's trials as an Optuna study in a database, for optuna-dashboard and for notebooks."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import DuplicatedStudyError
from optuna.trial import FrozenTrial, create_trial
from optuna.trial import TrialState as StudyState

from automl_tl.domain.trial import TrialState
from automl_tl.errors import Conflict, RequestError

_LOG = ("learning_rate", "head_learning_rate")
_PLAIN = ("weight_decay", "augmentation")
_TOLD = ("origin", "seconds", "attempts", "failure")


def export_study(job: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], *, url: str) -> int:
    """Write the trials of a job, both as the API tells them, into a study named by the job's id; how many.

    ``url`` is a database's, such as ``sqlite:///study.sqlite3``. Values are the job's metric on validation:
    of a trial that ran to its end its value, of a pruned one those by epoch. Raises RequestError where the
    database cannot be opened, Conflict where it has that study.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(storage=url, study_name=str(job["job"]), direction="maximize")
    except DuplicatedStudyError:
        raise Conflict(f"{url} has a study {job['job']} already: give another database") from None
    except Exception as error:  # noqa: BLE001  # each kind of database has its own
        found = str(error).splitlines()[0]
        raise RequestError(
            f"{url} cannot be opened ({found}); expected a database's address such as sqlite:///study.sqlite3"
        ) from None
    for key in ("name", "metric", "dataset", "state", "decision"):
        study.set_user_attr(key, job.get(key))
    distributions = _distributions(trials)
    study.add_trials([_row(trial, distributions) for trial in trials])
    return len(trials)


def _distributions(trials: Sequence[Mapping[str, Any]]) -> dict[str, BaseDistribution]:
    """What the trials span: the API does not tell the space."""
    if not trials:
        return {}
    deepest = max(trial["freeze_depth"] for trial in trials)
    found: dict[str, BaseDistribution] = {
        "candidate": CategoricalDistribution(sorted({trial["candidate"] for trial in trials})),
        "freeze_depth": IntDistribution(0, deepest),
    }
    for key in (*_LOG, *_PLAIN):
        values = [float(trial[key]) for trial in trials]
        is_log = key in _LOG and min(values) > 0
        found[key] = FloatDistribution(min(values), max(values), log=is_log)
    return found


def _row(trial: Mapping[str, Any], distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    reported = {r["epoch"]: r["value"] for r in trial["reports"] if _is_number(r["value"])}
    state = _STATES[TrialState(trial["state"])]
    if state is StudyState.COMPLETE and not reported:
        state = StudyState.FAIL
    return create_trial(
        state=state,
        value=reported[max(reported)] if state is StudyState.COMPLETE else None,
        params={key: trial[key] for key in distributions},
        distributions=distributions,
        intermediate_values=reported,
        user_attrs={key: trial[key] for key in _TOLD},
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


_STATES = {
    TrialState.PROPOSED: StudyState.WAITING,
    TrialState.RUNNING: StudyState.RUNNING,
    TrialState.WAITING: StudyState.PRUNED,
    TrialState.COMPLETE: StudyState.COMPLETE,
    TrialState.PRUNED: StudyState.PRUNED,
    TrialState.FAILED: StudyState.FAIL,
    TrialState.CANCELLED: StudyState.PRUNED,
}
