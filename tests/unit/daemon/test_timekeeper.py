"""Nights as they come: one job each, none for data that nobody changed, and the champion goes along."""

from dataclasses import replace
from pathlib import Path

import played_job
import pytest
from numbers_home import LINE, NAME, NumbersHome
from patience import WAIT_SECONDS

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.daemon.scheduled import with_champion
from automl_tl.daemon.timekeeper import Timekeeper
from automl_tl.data.listing import listing
from automl_tl.data.manifest import freeze, read_manifest, write_manifest
from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import DatasetSource, Manifest
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, JobState, Wish
from automl_tl.domain.schedule import Ending, Occurrence, Rule, Schedule, Slot, WhenMissed, WhenUnchanged
from automl_tl.domain.work import Describe, Described, Result, Work
from automl_tl.errors import StoreUnavailable
from automl_tl.job.unchanged import same_data
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.base import Store

SECOND = Rule(cron="* * * * *")


class Nights:
    """A schedule of jobs of numbers over one folder, and a home in which they run."""

    def __init__(self, store: Store, settings: Settings, *, rule: Rule = SECOND) -> None:
        self.store, self.rule = store, rule
        self.home = NumbersHome(store=store, settings=settings)
        self.data = settings.home / "data"
        self.data.mkdir()
        (self.data / "one.png").write_bytes(b"1")
        self.timekeeper = Timekeeper(store, look=listing)
        request = JobRequest(
            name=NAME,
            dataset=DatasetSource(path=str(self.data)),
            space=SPACE,
            budget=Budget(trials=3),
            executor=ExecutorKind.INLINE,
        )
        now = store.now()
        slot = Slot(occurrence=now - 1, due=now - 1)
        self.schedule = store.add_schedule(
            tenant=DEFAULT_TENANT, name="nightly", rule=rule, request=request, slot=slot
        )

    def comes(self, *, late_seconds: float = 0.0) -> Occurrence:
        """The next night comes (or came, so long ago), and is seen to."""
        moment = self.store.now() - late_seconds
        before = len(self.history())
        self.store.pause_schedule(tenant=DEFAULT_TENANT, name="nightly")
        slot = Slot(occurrence=moment, due=moment)
        self.store.resume_schedule(tenant=DEFAULT_TENANT, name="nightly", slot=slot)
        self.timekeeper.tick()
        self.timekeeper.join(WAIT_SECONDS)
        assert len(self.history()) == before + 1
        return self.history()[0]

    def succeeds(self, job: str | None) -> Manifest:
        """The job that a night started read its data, and came to a good end."""
        lease = self.store.claim(holder="test", lease_seconds=600, job=str(job))
        assert lease is not None
        work = Describe(
            source=self.schedule.request.dataset,
            dataset_name=NAME,
            into=str(self.home.folder(str(job))),
            seed=0,
        )
        described = NumbersWorker().perform(work)
        assert isinstance(described, Described) and described.manifest is not None
        manifest = read_manifest(Path(described.manifest))
        self.store.freeze(lease, manifest, path=described.manifest, report=described.report)
        self.store.finish(lease, JobState.SUCCEEDED, spent_seconds=1, outcome={})
        return manifest

    def run(self, job: str | None, *, worker: type[NumbersWorker] = NumbersWorker) -> dict[str, object]:
        """Run the job that a night started; its outcome."""
        lease = self.store.claim(holder="test", lease_seconds=600, job=str(job))
        self.home.run(lease, worker=worker)
        return self.store.job(str(job)).outcome or {}

    def history(self) -> tuple[Occurrence, ...]:
        return self.store.occurrences(self.schedule.id)

    def now(self) -> Schedule:
        return self.store.schedule(tenant=DEFAULT_TENANT, name="nightly")


@pytest.fixture
def nights(store: Store, settings: Settings) -> Nights:
    return Nights(store, settings)


class Grown(NumbersWorker):
    """The dataset has one sample less than before."""

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if not isinstance(work, Describe) or not isinstance(result, Described):
            return result
        old = read_manifest(Path(str(result.manifest)))
        new = freeze(old.samples[1:], modality=old.modality, dataset_name=old.dataset_name, root=old.root)
        path = write_manifest(new, folder=Path(work.into))
        return replace(result, manifest=str(path), fingerprint=new.fingerprint)


def test_a_night_starts_a_job_and_the_next_comes_after_it(nights: Nights) -> None:
    night = nights.comes()

    job = nights.store.job(str(night.job))
    assert (job.state, job.request) == (JobState.QUEUED, nights.schedule.request)
    slot = nights.now().slot
    assert slot is not None and slot.occurrence > night.occurrence
    assert not [e for e in nights.store.events() if e.kind is EventKind.SCHEDULE_MISSED]


def test_data_that_nobody_touched_start_nothing(nights: Nights) -> None:
    first = nights.comes()
    nights.succeeds(first.job)

    second = nights.comes()

    assert (second.job, second.ending) == (None, Ending.UNCHANGED)
    assert str(first.job) in str(second.why)
    assert len(nights.store.jobs()) == 1
    assert nights.store.events()[-1].kind is EventKind.SCHEDULE_UNCHANGED
    (nights.data / "two.png").write_bytes(b"2")
    assert nights.comes().job is not None


def test_the_same_bytes_written_again_end_the_job_once_they_are_read(nights: Nights) -> None:
    nights.succeeds(nights.comes().job)
    (nights.data / "one.png").write_bytes(b"1")

    second = nights.comes()
    outcome = nights.run(second.job)

    assert outcome["decision"] == "unchanged"
    assert "every sample, label and split is that of job" in str(outcome["reason"])
    assert nights.store.trials(str(second.job)) == ()
    assert nights.store.openings(**LINE) == 0
    assert nights.comes().ending is Ending.UNCHANGED  # what it looks like now is known to be the same


def test_other_samples_are_searched(nights: Nights) -> None:
    nights.succeeds(nights.comes().job)
    (nights.data / "one.png").unlink()

    outcome = nights.run(nights.comes().job, worker=Grown)

    assert (outcome["decision"], outcome["trials"]) == ("promote", 3)


def test_unchanged_data_run_where_that_is_wished(store: Store, settings: Settings) -> None:
    nights = Nights(store, settings, rule=replace(SECOND, when_unchanged=WhenUnchanged.RUN))
    manifest = nights.succeeds(nights.comes().job)

    second = nights.comes()

    assert same_data(store, store.job(str(second.job)), manifest) is None


def test_a_run_that_a_person_asks_for_searches_whatever_the_data_are(nights: Nights) -> None:
    manifest = nights.succeeds(nights.comes().job)

    asked = nights.store.run_now(nights.now(), request=nights.schedule.request)

    assert same_data(nights.store, nights.store.job(str(asked.job)), manifest) is None


def test_a_night_whose_run_failed_is_no_success_to_compare_with(nights: Nights) -> None:
    first = nights.comes()
    lease = nights.store.claim(holder="test", lease_seconds=600, job=str(first.job))
    assert lease is not None
    nights.store.finish(lease, JobState.FAILED, spent_seconds=1, failure="no luck")

    assert nights.comes().job is not None
    assert nights.now().last_success is None


def test_a_forgotten_sample_is_a_change(nights: Nights) -> None:
    nights.succeeds(nights.comes().job)

    nights.store.forget(tenant=DEFAULT_TENANT, dataset_name=None, samples=["a" * 64], manifests=[], told={})

    assert nights.comes().job is not None


def test_the_champion_of_the_night_before_is_a_candidate(nights: Nights) -> None:
    played_job.play_job(nights.store, name=NAME)

    second = nights.store.job(str(nights.comes().job))

    space = read_space(second.request.space, root=Path(second.request.space_root))
    assert [c.source for c in space.candidates][-1] == f"champion:{NAME}"
    assert replace(second.request, space=SPACE) == nights.schedule.request


def test_a_run_that_has_not_ended_is_not_overtaken(nights: Nights) -> None:
    first = nights.comes()
    nights.store.wish(str(first.job), Wish.PAUSE)

    second = nights.comes()

    assert (second.job, second.ending) == (None, Ending.OVERLAP)
    assert second.why == f"job {first.job} of it has not ended: it is paused"
    (missed,) = [e for e in nights.store.events() if e.kind is EventKind.SCHEDULE_MISSED]
    assert missed.data["ending"] == "overlap"


@pytest.mark.parametrize("policy", WhenMissed)
def test_a_daemon_that_comes_back_late_says_so(store: Store, settings: Settings, policy: WhenMissed) -> None:
    nights = Nights(store, settings, rule=Rule(cron="0 0 1 1 *", when_missed=policy))

    night = nights.comes(late_seconds=3600.0)

    assert (night.job is None) == (policy is WhenMissed.SKIP)
    assert str(night.why).startswith("no daemon was running at its time")
    (missed,) = [e for e in store.events() if e.kind is EventKind.SCHEDULE_MISSED]
    assert missed.data["job"] == night.job


def test_a_job_that_is_refused_is_told_and_the_next_night_comes(nights: Nights) -> None:
    other = replace(nights.schedule.request, metric="macro_f1")
    nights.store.add_job(other, tenant=DEFAULT_TENANT)

    night = nights.comes()

    assert night.ending is Ending.REFUSED
    assert "judged by macro_f1" in str(night.why)
    assert nights.now().slot is not None


def test_a_store_that_is_away_for_a_while_loses_no_night(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(nights.store, "take_occurrence", away)
        nights.timekeeper.tick()
        nights.timekeeper.join(WAIT_SECONDS)
    assert nights.now() == nights.schedule

    nights.timekeeper.tick()
    nights.timekeeper.join(WAIT_SECONDS)

    assert len(nights.store.jobs()) == 1


def test_two_daemons_on_one_store_start_one_job(nights: Nights) -> None:
    other = Timekeeper(nights.store, look=listing)

    for timekeeper in (nights.timekeeper, other):
        timekeeper.tick()
    for timekeeper in (nights.timekeeper, other):
        timekeeper.join(WAIT_SECONDS)

    assert len(nights.store.jobs()) == len(nights.history()) == 1


def test_the_champion_is_added_where_it_can_be(tmp_path: Path) -> None:
    inline = 'space = { name = "x" }\ncandidate = [{ source = "embedded:tiny_resnet" }]\n'
    mine = SPACE + '\n[[candidate]]\nsource = "champion:numbers"\n'

    assert with_champion(inline, tmp_path, NAME) == inline
    assert with_champion(mine, tmp_path, NAME) == mine
    assert with_champion(mine, tmp_path, "other").count("champion:") == 2
