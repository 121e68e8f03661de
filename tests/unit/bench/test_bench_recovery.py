"""What was repeated after a kill is counted from the events."""

import shutil
from pathlib import Path

import played_job

from automl_tl.bench.recovery import Recovery, Rung, counted_of
from automl_tl.store.sql import open_store


def recovery(*running: Rung) -> Recovery:
    return Recovery(
        ready=1.0,
        claimed=1.5,
        working=6.0,
        reported=7.0,
        imports=4.0,
        running=frozenset(running),
        last_event=0,
    )


def test_rungs_that_a_trial_did_again_are_counted_up_to_the_one_that_was_cut_off(
    migrated_file: Path, tmp_path: Path
) -> None:
    store = open_store(shutil.copy(migrated_file, tmp_path / "store.sqlite3"))
    lease = played_job.begin(store)
    played_job.search(store, lease)  # trial 3 reports at epochs 1, 3 and 9

    once = counted_of(store, lease.job, [recovery((1, 1), (3, 1))])
    back = counted_of(store, lease.job, [recovery((1, 1)), recovery((3, 3))])
    store.close()

    assert (once["running_at_kills"], once["rungs_repeated_at_most"]) == (2, 1)
    assert (back["running_at_kills"], back["rungs_repeated_at_most"]) == (2, 2)
    assert (once["lost"], once["twice"]) == (0, 0)


def test_what_the_imports_take_is_left_out() -> None:
    assert recovery().beyond == 2.0
