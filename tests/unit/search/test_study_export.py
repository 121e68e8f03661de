"""A job's trials as a study that Optuna's own tools open."""

from pathlib import Path
from typing import Any

import optuna
import played_job
import pytest
from optuna.trial import TrialState

from automl_tl.errors import Conflict, RequestError
from automl_tl.search.study_export import export_study
from automl_tl.store.sql import open_store
from automl_tl.web.view import trial_json


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A played job and its trials, as the API tells them."""
    store = open_store(tmp_path_factory.mktemp("study") / "store.sqlite3")
    id = played_job.play_job(store)
    trials = [trial_json(trial) for trial in store.trials(id)]
    store.close()
    return {"job": id, "name": "digits", "metric": "accuracy", "decision": "promote"}, trials


def test_study_has_every_trial_with_its_values(
    told: tuple[dict[str, Any], list[dict[str, Any]]], tmp_path: Path
) -> None:
    job, trials = told
    url = f"sqlite:///{tmp_path / 'study.sqlite3'}"

    count = export_study(job, trials, url=url)

    study = optuna.load_study(study_name=job["job"], storage=url)
    assert count == len(study.trials) == 6
    assert study.user_attrs["metric"] == "accuracy"
    best = study.best_trial
    assert (best.number, best.value, best.params["candidate"]) == (3, 0.981, "resnet-tiny")
    assert best.intermediate_values == {1: 0.78, 3: 0.93, 9: 0.981}
    assert study.trials[4].state is TrialState.FAIL
    assert study.trials[4].user_attrs["failure"] == "the loss was nan after 12 steps"
    assert study.trials[0].state is TrialState.PRUNED
    with pytest.raises(Conflict, match="has a study"):
        export_study(job, trials, url=url)


def test_database_that_cannot_be_opened_is_said_to_be_one(
    told: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    for url in ("nonsense", "sqlite:////no/such/folder/study.sqlite3"):
        with pytest.raises(RequestError, match="cannot be opened"):
            export_study(*told, url=url)
