"""A job that is killed anywhere ends with the rows of an unbroken run."""

from contextlib import suppress
from pathlib import Path

import pytest
from numbers_job import Killed, MortalStore, MortalWorker, NumbersHome


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, int, int]:
    home = NumbersHome(tmp_path_factory.mktemp("unbroken"))
    store = MortalStore(home.store)
    worker = MortalWorker()
    home.attempt(store=store, worker=worker)
    return home.canonical(), store.writes, worker.evaluations


def test_an_unbroken_job_promotes_once(unbroken: tuple[dict, int, int]) -> None:
    rows, writes, evaluations = unbroken

    assert rows["state"] == "succeeded"
    assert rows["decision"][0] == "promote"
    assert rows["promotions"] == [("promote", 1)]
    assert rows["registry"][0][0] == 1 and "champion" in rows["registry"][0][1]
    assert rows["openings"] == 1
    assert writes > 30 and evaluations > 7


def test_a_job_killed_after_any_store_write_ends_with_the_same_rows(
    unbroken: tuple[dict, int, int], tmp_path: Path, migrated_file: Path
) -> None:
    rows, writes, _ = unbroken

    for last in range(1, writes):
        home = NumbersHome(tmp_path / str(last), empty=migrated_file)
        with pytest.raises(Killed):
            home.attempt(store=MortalStore(home.store, dies_after=last))
        home.attempt()

        assert home.canonical() == rows, f"killed after write {last}"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_job_killed_at_any_evaluation_ends_with_the_same_rows(
    unbroken: tuple[dict, int, int], tmp_path: Path, migrated_file: Path, after: bool
) -> None:
    rows, _, evaluations = unbroken

    for number in range(1, evaluations + 1):
        home = NumbersHome(tmp_path / str(number), empty=migrated_file)
        with pytest.raises(Killed):
            home.attempt(worker=MortalWorker(dies_at=number, after=after))
        home.attempt()

        assert home.canonical() == rows, f"killed at evaluation {number}"


def test_a_job_killed_again_and_again_ends_with_the_same_rows(
    unbroken: tuple[dict, int, int], tmp_path: Path
) -> None:
    rows, *_ = unbroken
    home = NumbersHome(tmp_path)

    for _ in range(200):
        if home.store.job(home.job).state.is_final:  # perhaps killed right after its last write
            break
        with suppress(Killed):
            home.attempt(store=MortalStore(home.store, dies_after=9))

    assert home.canonical() == rows
