"""What can be handed out of a job that came to no decision."""

from pathlib import Path

import pytest
from numbers_desk import NumbersDesk

from automl_tl.errors import Conflict
from automl_tl.job.unproven import unproven
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.base import Store


def read(text: str, root: Path):  # type: ignore[no-untyped-def]
    return read_space(text, root=root)


def test_the_best_trial_of_a_job_is_handed_out_with_its_checkpoint(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    job.loop().run()

    found = unproven(store, settings, job.lease.job, read_space=read)

    best = max(t.report.value for t in store.trials(job.lease.job) if t.report is not None)
    assert found.trial.report is not None and found.trial.report.value == best
    assert found.checkpoint.is_dir() and found.manifest.is_file()
    assert found.candidate.id == found.trial.configuration.candidate


def test_a_job_without_a_report_has_no_answer_and_says_so(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    job.loop()

    with pytest.raises(Conflict, match="not one trial has reported"):
        unproven(store, settings, job.lease.job, read_space=read)


def test_a_checkpoint_that_was_let_go_is_said_to_be(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings)
    job.loop().run()
    for path in (job.desk.folder / "checkpoints").iterdir():
        path.rename(path.with_name(f".{path.name}"))

    with pytest.raises(Conflict, match="was let go"):
        unproven(store, settings, job.lease.job, read_space=read)
