"""A list of jobs says what happened to each."""

from typing import Any

import played_job
import pytest

from automl_tl.cli.jobs import _print_jobs
from automl_tl.domain.job import JobState
from automl_tl.store.sql import open_store
from automl_tl.web.view import jobs_json


def test_a_failed_job_stands_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store("sqlite://")
    lease = played_job.begin(store, name="broken")
    store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="dataset refused: it has one class")
    rows: list[Any] = jobs_json(store, store.jobs(), now=store.now(), places={})

    _print_jobs(rows)

    said = capsys.readouterr().out
    assert f"{lease.job} failed:" in said and "dataset refused: it has one class" in said
