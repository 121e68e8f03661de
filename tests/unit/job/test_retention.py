"""Which trials and checkpoints a running search lets go."""

from pathlib import Path

from automl_tl.domain.rungs import Standings
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.job.retention import Checkpoints, finalists, weak

LADDER = (1, 3, 9)


def trial(
    number: int, value: float, *, state: TrialState = TrialState.WAITING, epoch: int = 1, depth: int = 0
) -> Trial:
    configuration = Configuration(
        candidate="alpha",
        freeze_depth=depth,
        learning_rate=1e-3,
        head_learning_rate=1e-3,
        weight_decay=0.0,
        augmentation=0.0,
    )
    report = Report(
        epoch=epoch,
        value=value,
        loss=0.0,
        checkpoint=f"checkpoints/{number}-{epoch}",
        seconds=1.0,
        multiply_adds=1,
    )
    return Trial(
        number=number, seed=0, configuration=configuration, state=state, until_epoch=epoch, reports=(report,)
    )


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / "checkpoints" / name).mkdir(parents=True)


def left(folder: Path) -> set[str]:
    return {path.name for path in (folder / "checkpoints").iterdir()}


def test_finalists_are_the_best_of_those_that_ended() -> None:
    trials = [
        trial(0, 0.9, state=TrialState.COMPLETE),
        trial(1, 0.7, state=TrialState.PRUNED),
        trial(2, 0.99),
        trial(3, 0.95, state=TrialState.FAILED),
        trial(4, 0.8, state=TrialState.COMPLETE),
    ]

    assert [t.number for t in finalists(trials, count=2)] == [0, 4]


def test_weak_are_those_behind_the_best_two_thirds_but_for_each_depths_best() -> None:
    trials = [trial(n, 0.9 - n / 100) for n in range(10)]  # 2 x ceil(12 / 3) = 8 may wait
    deep = [trial(10, 0.5, depth=2), trial(11, 0.4, depth=2)]

    assert weak(Standings([*trials, *deep], LADDER), epoch=1) == (8, 9, 11)


def test_few_trials_are_never_weak() -> None:
    assert weak(Standings([trial(n, n / 10) for n in range(6)], LADDER), epoch=1) == ()


def test_of_many_trials_no_more_than_24_wait_at_a_rung() -> None:
    trials = [trial(n, 0.9 - n / 1000) for n in range(100)]
    advanced = [trial(n, 0.99, epoch=3) for n in range(100, 110)]

    assert weak(Standings([*trials, *advanced], LADDER), epoch=1) == tuple(range(24, 100))


def test_only_waiting_trials_are_weak() -> None:
    trials = [trial(n, 0.9 - n / 100) for n in range(9)]
    ended = [trial(9, 0.1, state=TrialState.PRUNED), trial(10, 0.1, state=TrialState.RUNNING)]

    assert weak(Standings([*trials, *ended], LADDER), epoch=1) == (8,)


def test_checkpoints_stay_for_open_trials_and_for_what_may_become_a_finalist(tmp_path: Path) -> None:
    ended = [trial(n, 0.9 - n / 100, state=TrialState.PRUNED) for n in range(8)]
    waiting = trial(8, 0.1)
    running = Trial(
        number=9, seed=0, configuration=waiting.configuration, state=TrialState.RUNNING, until_epoch=3
    )
    write(tmp_path, *(f"{n}-1" for n in range(9)), "9-3", "9-1", ".9-9-draft")

    Checkpoints(tmp_path, ()).sweep([*ended, waiting, running])

    assert left(tmp_path) == {*(f"{n}-1" for n in range(6)), "8-1", "9-3", ".9-9-draft"}


def test_a_trials_earlier_checkpoint_goes_alone(tmp_path: Path) -> None:
    write(tmp_path, "1-1", "1-3", "2-1")

    checkpoints = Checkpoints(tmp_path, ())
    checkpoints.outgrown(trial(1, 0.5))
    checkpoints.outgrown(trial(1, 0.5))

    assert left(tmp_path) == {"1-3", "2-1"}


def test_a_trial_that_ends_keeps_its_checkpoint_until_six_better_have_ended(tmp_path: Path) -> None:
    write(tmp_path, *(f"{n}-1" for n in range(8)))
    checkpoints = Checkpoints(tmp_path, [trial(n, 0.5, state=TrialState.PRUNED) for n in range(5)])

    checkpoints.ended([trial(5, 0.6, state=TrialState.COMPLETE), trial(6, 0.9, state=TrialState.FAILED)])
    checkpoints.ended([trial(7, 0.7, state=TrialState.PRUNED)])

    assert left(tmp_path) == {"0-1", "1-1", "2-1", "3-1", "5-1", "7-1"}
