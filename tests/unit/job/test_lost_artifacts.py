"""What was scored is what is promoted: artifacts that are lost or changed on the way to the decision."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from numbers_desk import NumbersDesk
from numbers_home import LINE, NumbersHome

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.domain.dataset import Split
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState
from automl_tl.domain.promotion import Decided
from automl_tl.domain.work import Evaluate, Prove, Result, Work
from automl_tl.errors import JobFailed, RegistryUnavailable
from automl_tl.job.readings import readings_of
from automl_tl.model.digest import digest
from automl_tl.settings import Settings
from automl_tl.store.base import Store

FILE = "checkpoint.json"
Harm = Callable[[Path], object]


def edit(artifact: Path) -> None:
    """Another model, as sound as the one before."""
    (artifact / FILE).write_text('{"value": 0.99}')


def lose_both(artifact: Path) -> None:
    """The artifact, and the checkpoint that it was packed from."""
    shutil.rmtree(artifact)
    for checkpoint in artifact.parents[1].glob(f"checkpoints/{artifact.name}-*"):
        shutil.rmtree(checkpoint)


class HarmingWorker(NumbersWorker):
    """Somebody harms the chosen artifact after retest, so often; or right before the test is read."""

    def __init__(self, harm: Harm, *, times: int = 1, during_test: bool = False) -> None:
        self._harm = harm
        self._times = times
        self._during_test = during_test
        self.tests: list[str] = []

    def perform(self, work: Work) -> Result:
        result = None
        if isinstance(work, Evaluate) and not work.configuration.pretrained and not self._during_test:
            self._harm_once(Path(work.into).parents[1] / "artifacts" / str(work.trial))
        if isinstance(work, Prove) and work.split is Split.TEST:
            challenger = work.contenders[0].artifact
            assert challenger is not None
            self.tests.append(Path(challenger).name)
            if self._during_test:
                self._harm_once(Path(challenger))
        return result or super().perform(work)

    def _harm_once(self, artifact: Path) -> None:
        self._times -= 1
        if self._times >= 0:
            self._harm(artifact)


def untouched(store: Store, settings: Settings) -> Decided:
    """What the same job decides where nothing is harmed, under a name of its own home."""
    return NumbersDesk(store=store, settings=settings).decided()


def retests(store: Store, job: str) -> int:
    return sum(m.kind == "retest" for m in store.measurements(job))


@pytest.mark.parametrize("during_test", [False, True], ids=["before the test", "while it is read"])
@pytest.mark.parametrize("harm", [edit, shutil.rmtree], ids=["edited", "gone"])
def test_an_artifact_lost_between_retest_and_test_is_packed_and_read_again(
    store: Store, settings: Settings, harm: Harm, during_test: bool
) -> None:
    worker = HarmingWorker(harm, during_test=during_test)

    decided = NumbersDesk(store=store, settings=settings, worker=worker).decided()

    assert decided.decision.outcome is Outcome.PROMOTE
    assert retests(store, decided.job) == 2
    assert len(worker.tests) == 1 + during_test
    reading = readings_of(store.measurements(decided.job), "test-none")["challenger"]
    assert digest(Path(decided.artifact)) == decided.digest == reading.digest
    assert reading.value == decided.proof.values["challenger"] < 0.99
    assert decided.proof.opening == 1 and store.openings(**LINE) == 1


def test_without_its_checkpoint_the_next_finalist_takes_its_place(store: Store, settings: Settings) -> None:
    worker = HarmingWorker(lose_both)

    decided = NumbersDesk(store=store, settings=settings, worker=worker).decided()

    readings = readings_of(store.measurements(decided.job), "retest")
    (lost,) = [reading for reading in readings.values() if not reading.predictions]
    assert lost.flaw.startswith("cannot be read: ") and lost.flaw.endswith("is gone")
    assert str(decided.lineage["trial"]) == worker.tests[0] != lost.name
    assert decided.digest == digest(Path(decided.artifact))
    scratch = {m.key for m in store.measurements(decided.job) if m.kind == "scratch"}
    assert scratch == {lost.name, worker.tests[0]}  # each challenger has its own


def test_a_job_that_lost_every_finalist_says_of_each_why(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=HarmingWorker(lose_both, times=9))

    with pytest.raises(
        JobFailed, match=r"no finalist can be read: trial \d .* is gone; trial \d .*; trial \d"
    ):
        job.decided()

    assert store.openings(**LINE) == 0  # the test stayed closed


def test_what_changes_faster_than_it_can_be_packed_comes_to_an_end(store: Store, settings: Settings) -> None:
    worker = HarmingWorker(edit, times=99, during_test=True)

    with pytest.raises(JobFailed, match=r"was changed between retest and test"):
        NumbersDesk(store=store, settings=settings, worker=worker).decided()


def test_a_job_killed_after_a_void_reading_goes_on_from_it(store: Store, settings: Settings) -> None:
    job = NumbersDesk(store=store, settings=settings, worker=HarmingWorker(edit))
    job.loop().run()
    challenge = job.retest().challenge(job.study.trials)
    edit(Path(challenge.artifact))
    job.retest().challenge(job.study.trials)
    job.desk = job.again()

    decided = job.proving().run(job.study.trials)

    assert decided.digest == challenge.digest  # packed again, byte for byte


@pytest.fixture
def home(store: Store, settings: Settings) -> NumbersHome:
    return NumbersHome(store=store, settings=settings)


def champion_of(home: NumbersHome) -> Decided:
    champion: Decided = home.store.model(**LINE).champion
    return champion


@pytest.mark.parametrize("harm", [edit, shutil.rmtree], ids=["edited", "gone"])
def test_a_champion_lost_in_its_jobs_folder_is_read_from_the_registry(home: NumbersHome, harm: Harm) -> None:
    home.run()
    champion = champion_of(home)
    own = Path(champion.artifact)
    unlink(own)
    harm(own)

    decided = home.store.decision(home.run())

    assert decided.proof.values["champion"] == champion.proof.values["challenger"]
    assert decided.decision.outcome is Outcome.KEEP
    assert digest(own) == champion.digest


def unlink(artifact: Path) -> None:
    """Give the folder files of its own: the registry's are linked."""
    content = (artifact / FILE).read_text()
    (artifact / FILE).unlink()
    (artifact / FILE).write_text(content)


def test_a_champion_lost_in_both_places_leaves_the_decision_to_a_person(home: NumbersHome) -> None:
    home.run()
    champion = champion_of(home)
    edit(Path(champion.artifact))  # and its other name in the registry
    edit(home.registry.fetch("numbers", 1))

    decided = home.store.decision(home.run())

    assert decided.decision.outcome is Outcome.PENDING
    reason = decided.decision.reason
    assert f"cannot be read: its artifact {champion.artifact} was changed: its sha256 is" in reason
    assert "and version 1 in the registry was changed" in reason
    assert champion_of(home).id == champion.id


def test_a_registry_that_is_down_leaves_a_lost_champion_to_a_person_and_the_folder_as_it_was(
    store: Store, settings: Settings
) -> None:
    first = NumbersDesk(store=store, settings=settings).decided()
    store.register(first.id, version=1)
    unlink(Path(first.artifact))
    edit(Path(first.artifact))

    def down() -> None:
        raise RegistryUnavailable("MLflow does not answer")

    job = NumbersDesk(store=store, settings=settings)
    job.loop().run()
    decided = job.proving(bring_back=down).run(job.study.trials)

    assert decided.decision.outcome is Outcome.PENDING
    assert "the registry did not give it back: MLflow does not answer" in decided.decision.reason
    assert (Path(first.artifact) / FILE).read_text() == '{"value": 0.99}'


def test_collecting_leaves_the_next_job_a_champion_to_prove_against(home: NumbersHome) -> None:
    """As where ``gc`` has let go whatever the registry holds as well."""
    first = home.store.decision(home.run())
    home.upkeep().collect(dry_run=False)
    shutil.rmtree(home.folder(first.job) / "artifacts")

    decided = home.store.decision(home.run())
    home.upkeep().collect(dry_run=False)

    assert decided.proof.values["champion"] == first.proof.values["challenger"]
    assert digest(Path(first.artifact)) == first.digest
    assert not Path(decided.artifact).exists()  # its bytes are version 2


def test_an_artifact_edited_after_its_decision_is_not_promoted(home: NumbersHome) -> None:
    lease = home.begin()
    job = home.run(lease, before_registry=lambda: edit(Path(home.store.decision(lease.job).artifact)))

    decided = home.store.decision(job)
    assert (decided.version, home.registry.versions("numbers")) == (None, ())
    assert home.store.model(**LINE).champion is None
    moves = home.store.promotions(**LINE)
    assert [str(move.kind) for move in moves] == ["rollback", "promote"]
    assert "was scored, but is not registered, for it was changed: its sha256 is" in moves[0].reason
    told = home.store.job(job)
    assert told.state is JobState.SUCCEEDED
    assert "; taken back, for " in str(told.outcome["reason"])

    again = home.store.decision(home.run())

    assert again.decision.outcome is Outcome.PROMOTE
    assert home.registry.alias("numbers", "champion") == 1
