"""What a home's bytes are for, and what of them is let go beside jobs that run."""

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from numbers_home import LINE, NAME, NumbersHome

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.champions.steering import Steering
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, JobRequest, JobState, Wish
from automl_tl.domain.schedule import Rule, Slot
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.errors import Conflict
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep import upkeep

OLD = 1e9  # seconds since the epoch: before anybody's patience


@pytest.fixture
def home(store: Store, settings: Settings) -> NumbersHome:
    return NumbersHome(store=store, settings=settings)


def kinds(found: dict[str, Any]) -> set[str]:
    return {item["kind"] for item in found["items"]}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def laid_down(usage: dict[str, Any]) -> int:
    """All but the store, whose log grows and shrinks by itself."""
    return int(usage["bytes"] - usage["kinds"]["store"])


def test_an_ended_job_keeps_its_report_and_predictions_and_the_champions_artifact(home: NumbersHome) -> None:
    job = home.run()
    champion = home.store.model(**LINE).champion
    before = home.upkeep().usage()

    said = home.upkeep().collect(dry_run=True)
    assert any(path.startswith("checkpoints/") for path in files(home.folder(job)))
    freed = home.upkeep().collect(dry_run=False)

    assert said["items"] == freed["items"]
    assert kinds(freed) == {"checkpoints", "artifacts"}
    after = home.upkeep().usage()
    assert laid_down(before) - laid_down(after) == freed["bytes"] > 0
    left = files(home.folder(job))
    assert {"card.md", "card.html"} <= left
    assert {path for path in left if path.startswith("artifacts")} == {
        f"{Path(champion.artifact).relative_to(home.folder(job))}/checkpoint.json"
    }
    assert any(path.startswith("predictions/test") for path in left)
    assert home.upkeep().collect(dry_run=False)["items"] == []


def test_usage_adds_up_to_what_lies_there_each_file_once(home: NumbersHome) -> None:
    job = home.run()
    seen = {}
    for path in home.settings.home.rglob("*"):
        if path.is_file():
            found = path.stat()
            seen[found.st_ino] = found.st_size

    usage = home.upkeep().usage()

    assert usage["bytes"] == sum(usage["kinds"].values()) == sum(seen.values())
    assert set(usage["models"][NAME]) == {"1"}
    assert usage["jobs"][job]["checkpoints"] > 0


def test_a_failed_job_keeps_its_checkpoints_until_nobody_may_try_it_again(home: NumbersHome) -> None:
    lease = home.begin()
    folder = home.folder(lease.job)
    (folder / "checkpoints" / "0-1").mkdir(parents=True)
    (folder / "checkpoints" / "0-1" / "checkpoint.json").write_text("{}")
    assert home.upkeep(retry_days=0.0).collect(dry_run=False)["items"] == []  # it runs
    home.store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="it broke")

    assert home.upkeep().collect(dry_run=False)["items"] == []
    home.store.retry(lease.job)
    assert home.upkeep(retry_days=0.0).collect(dry_run=False)["items"] == []  # it waits
    home.store.wish(lease.job, Wish.CANCEL)

    assert kinds(home.upkeep(retry_days=0.0).collect(dry_run=False)) == {"checkpoints"}
    assert not (folder / "checkpoints").exists()
    with pytest.raises(Conflict, match="submit it anew"):
        home.store.retry(lease.job)


class CollectingWorker(NumbersWorker):
    """Collects in the middle of every evaluation, in a thread of its own."""

    def __init__(self, home: NumbersHome) -> None:
        self._home = home
        self.items: list[object] = []

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if isinstance(work, Evaluate):
            policy = {"retry_days": 0.0, "upload_days": 0.0, "picture_bytes": 0, "kept_challengers": 0}
            collector = threading.Thread(target=lambda: self._collect(policy))
            collector.start()
            collector.join()
        return result

    def _collect(self, policy: dict[str, Any]) -> None:
        self.items += self._home.upkeep(**policy).collect(dry_run=False)["items"]  # type: ignore[arg-type]


def test_a_running_job_loses_nothing_and_decides_as_an_undisturbed_one(
    home: NumbersHome, tmp_path: Path
) -> None:
    undisturbed = home.store.decision(home.run(home.begin("other")))
    home.upkeep().collect(dry_run=False)

    worker = CollectingWorker(home)
    job = home.run(worker=lambda: worker)

    decided = home.store.decision(job)
    assert decided.decision.outcome == undisturbed.decision.outcome
    assert decided.proof.values == undisturbed.proof.values
    assert worker.items == []


def test_versions_beyond_the_policy_go_and_stay_on_record(home: NumbersHome) -> None:
    for _ in range(5):
        home.run()
    assert [str(d.decision.outcome) for d in home.store.versions(**LINE)] == ["keep"] * 4 + ["promote"]
    before = laid_down(home.upkeep().usage())

    freed = home.upkeep(kept_challengers=1).collect(dry_run=False)

    assert home.standing() == [5, 4, 1]  # the challenger, one more, the champion
    assert [version.number for version in home.registry.versions(NAME)] == [5, 4, 1]
    reasons = {d.version: d.gone_why for d in home.store.versions(**LINE) if d.gone}
    assert reasons == dict.fromkeys((3, 2), "beyond the 1 challengers kept")
    assert freed["bytes"] > 0
    usage = home.upkeep().usage()
    assert set(usage["models"][NAME]) == {"1", "4", "5"}
    assert before - laid_down(usage) >= freed["bytes"]  # and the tags of all but one
    steering = Steering(home.store, tenant=DEFAULT_TENANT, try_out=lambda name, version: None)
    with pytest.raises(Conflict, match=r"version 3 of numbers was deleted on .*: beyond the 1 challengers"):
        steering.promote(NAME, version=3, reason="please")


def test_aliases_and_holds_protect_versions(home: NumbersHome) -> None:
    for _ in range(4):
        home.run()
    home.registry.point(NAME, alias="phones", version=2)
    home.store.hold(**LINE, reason="an audit")
    assert not home.upkeep(kept_challengers=0).outgrow()
    home.store.hold(**LINE, reason=None)

    assert home.upkeep(kept_challengers=0).outgrow() == 1

    assert home.standing() == [4, 2, 1]


def test_a_champion_whose_artifact_was_let_go_is_read_again_after_a_rollback(home: NumbersHome) -> None:
    first, second = home.run(), home.run()
    steering = Steering(home.store, tenant=DEFAULT_TENANT, try_out=lambda name, version: None)
    steering.promote(NAME, version=2, reason="try it")
    home.upkeep().collect(dry_run=False)
    old = home.store.decision(first)
    assert not Path(old.artifact).exists()  # the registry holds it
    assert Path(home.store.decision(second).artifact).is_dir()

    steering.rollback(NAME, reason="it was worse")
    proof = home.store.decision(home.run()).proof

    assert proof.values["champion"] == old.proof.values["challenger"]
    assert Path(old.artifact).is_dir()


def upload(home: NumbersHome, sha256: str) -> tuple[Path, Path]:
    folder = home.settings.folders.datasets
    archive, unpacked = folder / "uploads" / f"{sha256}.zip", folder / sha256
    archive.parent.mkdir(parents=True, exist_ok=True)
    unpacked.mkdir()
    (unpacked / "picture.png").write_bytes(b"picture")
    archive.write_bytes(b"archive")
    age(archive, unpacked, unpacked / "picture.png")
    return archive, unpacked


def test_an_upload_that_a_schedule_trains_on_stays_until_it_is_removed(home: NumbersHome) -> None:
    archive, _ = upload(home, "a" * 64)
    request = JobRequest(name="numbers", dataset=DatasetSource(path=str(archive)), space=SPACE)
    slot = Slot(occurrence=9e10, due=9e10)
    rule = Rule(cron="0 2 * * *")
    home.store.add_schedule(tenant=DEFAULT_TENANT, name="nightly", rule=rule, request=request, slot=slot)

    home.upkeep().collect(dry_run=False)

    assert archive.exists()
    home.store.remove_schedule(tenant=DEFAULT_TENANT, name="nightly")
    home.upkeep().collect(dry_run=False)
    assert not archive.exists()


def age(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (OLD, OLD))


def test_uploads_go_once_no_job_and_no_version_needs_them(home: NumbersHome) -> None:
    wanted, _ = upload(home, "a" * 64)
    upload(home, "b" * 64)
    fresh, _ = upload(home, "c" * 64)
    os.utime(fresh)
    home.run(home.begin(dataset=wanted))

    freed = home.upkeep().collect(dry_run=False)

    gone = [item["owner"] for item in freed["items"] if item["kind"] == "datasets"]
    assert gone == ["b" * 64, "c" * 64, "b" * 64]  # two unpacked, one archive
    assert wanted.exists() and fresh.exists()
    home.store.retire(**LINE, reason="the product is gone")
    assert [i["owner"] for i in home.upkeep().collect(dry_run=False)["items"] if i["kind"] == "datasets"] == [
        "a" * 64
    ] * 2


def test_what_a_dead_process_left_goes_and_what_is_young_stays(home: NumbersHome) -> None:
    folders = home.settings.folders
    old = [folders.datasets / "uploads" / ".1.partial", folders.run / "predict-1" / "x.png"]
    young = [folders.manifests / ".f.jsonl.1", folders.datasets / "ab.partial" / "x.png"]
    for path in (*old, *young):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    age(*old, folders.run / "predict-1")

    home.upkeep().collect(dry_run=False)

    assert [path.exists() for path in (*old, *young)] == [False, False, True, True]


def test_caches_shrink_to_their_bounds_the_least_recently_used_first(home: NumbersHome) -> None:
    cache = home.settings.folders.cache
    for moment, name in enumerate(("first", "second", "third")):
        for kind in ("pictures", "activations"):
            entry = cache / kind / name
            entry.mkdir(parents=True)
            (entry / "0.f32").write_bytes(b"x" * 100)
            (entry / "entry.json").write_text("{}")
            for path in (entry / "0.f32", entry / "entry.json", entry):
                os.utime(path, (OLD + moment, OLD + moment))

    freed = home.upkeep(picture_bytes=220, activation_bytes=110).collect(dry_run=False)

    assert sorted(path.name for path in (cache / "pictures").iterdir()) == ["second", "third"]
    assert sorted(p.name for p in (cache / "activations").iterdir() if p.name != ".locks") == ["third"]
    assert freed["bytes"] == 3 * 102


def test_killed_anywhere_it_ends_the_same_when_it_is_repeated(
    home: NumbersHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        home.run()
    upload(home, "b" * 64)

    for life in range(60):
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "rmtree", dying(shutil.rmtree, life))
            patch.setattr(upkeep, "delete", dying(upkeep.delete, life))
            try:
                home.upkeep(kept_challengers=0).collect(dry_run=False)
            except Killed:
                assert_whole(home)
                continue
        break

    assert life > 3
    assert home.standing() == [4, 1]
    assert [version.number for version in home.registry.versions(NAME)] == [4, 1]
    champion = home.store.model(**LINE).champion
    assert (Path(champion.artifact) / "checkpoint.json").is_file()
    assert not [path for path in home.settings.folders.datasets.rglob("*b") if path.suffix != ".lock"]


def assert_whole(home: NumbersHome) -> None:
    """Every version and every artifact that is there has all of its files."""
    for version in home.registry.versions(NAME):
        assert files(home.registry.fetch(NAME, version.number)) == {"checkpoint.json"}
    for artifact in home.settings.home.glob("jobs/*/artifacts/[!.]*"):
        assert files(artifact) == {"checkpoint.json"}


class Killed(BaseException):
    """The process ends here."""


def dying(call: Any, life: int) -> Any:
    lives = [life]

    def die(*arguments: Any, **named: Any) -> Any:
        lives[0] -= 1
        if lives[0] < 0:
            raise Killed
        return call(*arguments, **named)

    return die
