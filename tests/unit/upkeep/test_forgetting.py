"""What a person asks to forget is cleaned out of everything that we keep, wherever it was interrupted."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from played_job import proof
from small_model import save_small

from automl_tl.cache.activations import ActivationCache, Request
from automl_tl.cache.form import Form
from automl_tl.champions.reconciler import reconcile
from automl_tl.data import tombstones
from automl_tl.data.contents import contents
from automl_tl.data.describe import describe
from automl_tl.data.manifest import read_manifest
from automl_tl.data.prepared import prepare
from automl_tl.domain.dataset import DatasetSource, Manifest, Split
from automl_tl.domain.gate import Decision, Outcome
from automl_tl.domain.job import DEFAULT_TENANT, JobRequest, JobState, Lease
from automl_tl.domain.work import Describe, Described
from automl_tl.errors import Conflict, RequestError
from automl_tl.job import cards
from automl_tl.model.artifact import EXAMPLE, load
from automl_tl.model.description import CARD, read_card, read_spec, write_card
from automl_tl.model.digest import digest
from automl_tl.model.preparer import preparer_of
from automl_tl.model.spec import ImagePreprocessing
from automl_tl.registry.folder import FolderRegistry
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep import forgetting
from automl_tl.upkeep.forgetting import Forgetting

NAME = "scans"
LINE: dict[str, Any] = {"tenant": DEFAULT_TENANT, "name": NAME}
LOOK = ImagePreprocessing(size=8, mean=(0.5,) * 3, std=(0.5,) * 3)


class Patients:
    """A dataset whose first training sample is to be forgotten, and a version that was trained on it."""

    def __init__(self, store: Store, settings: Settings, root: Path, *, is_registered: bool = True) -> None:
        self.store, self.settings, self.root = store, settings, root
        self.registry = FolderRegistry(settings.folders.registry)
        self.is_registered = is_registered
        random = np.random.default_rng(0)
        for label in ("ill", "well"):
            (root / label).mkdir(parents=True)
            for i in range(12):
                pixels = random.integers(0, 256, (8, 8, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(root / label / f"patient-{i}.png")
        self.lease = self.begin()
        self.described = self.describe()
        assert self.described.manifest is not None
        self.path = Path(self.described.manifest)
        self.manifest = read_manifest(self.path)
        report = self.described.report
        store.freeze(self.lease, self.manifest, path=str(self.path), report=report)
        self.sample = self.manifest.samples[self.manifest.indices(Split.TRAIN)[0]]
        self._prepare(self.manifest)
        self._decide()

    @property
    def folder(self) -> Path:
        return self.settings.folders.job(self.lease.job)

    def begin(self) -> Lease:
        request = JobRequest(name=NAME, dataset=DatasetSource(path=str(self.root)), space="")
        return self.store.begin_job(request, tenant=DEFAULT_TENANT, holder="test", lease_seconds=600)

    def describe(self, *, forgotten: str | None = None) -> Described:
        home = self.settings.folders
        work = Describe(
            source=DatasetSource(path=str(self.root)),
            dataset_name=NAME,
            into=str(self.folder),
            seed=0,
            forgotten=forgotten,
        )
        return describe(
            work, datasets=home.datasets, manifests=home.manifests, unpacked_bytes=10**9, unreadable_share=0.1
        )

    def _prepare(self, manifest: Manifest) -> None:
        cache = self.settings.folders.cache
        prepare(manifest, preparer=preparer_of(LOOK), cache=cache, splits=(Split.TRAIN, Split.VALIDATION))
        for split in (Split.TRAIN, Split.VALIDATION):
            self.activations(split)

    def activations(self, split: Split) -> int:
        """How many samples of a split had to be computed."""
        keys = [self.manifest.samples[i].sha256.encode() for i in self.manifest.indices(split)]
        computed = []

        def compute(places: np.ndarray) -> Any:
            computed.append(len(places))
            yield [np.zeros((len(places), 2), np.float32)]

        request = Request(identity={"weights": "w"}, samples=np.array(keys, "S64"), form=Form(shapes=((2,),)))
        cache = ActivationCache(self.settings.folders.cache / "activations", limit_bytes=10**9)
        entry = cache.get(request, compute=compute, waiting=lambda: None)
        assert entry is not None
        entry.close()
        return sum(computed)

    def _decide(self) -> None:
        artifact = self.folder / "artifacts" / "0"
        save_small(artifact)
        spec = read_spec(artifact)
        (artifact / CARD).unlink()
        (artifact / EXAMPLE).write_bytes((self.root / self.sample.path).read_bytes())
        write_card(artifact, spec=spec, facts={"example_sample": self.sample.sha256})
        (self.folder / "predictions").mkdir()
        (self.folder / "predictions" / "challenger.npz").write_bytes(b"x")
        (self.folder / "log.txt").write_text(f"read {self.sample.path}\n")
        decided = self.store.decide(
            self.lease,
            decision=Decision(outcome=Outcome.PROMOTE, reason="better"),
            proof=replace(proof(), opening=1),
            artifact=str(artifact),
            digest=digest(artifact),
            lineage={"manifest": self.manifest.fingerprint},
            against=None,
        )
        self.store.finish(self.lease, JobState.SUCCEEDED, spent_seconds=1.0, outcome={})
        if self.is_registered:
            reconcile(self.store, self.registry)
        self.decision = decided.id

    def forget(self, *asked: str, dataset_name: str | None = None) -> dict[str, Any]:
        room = Forgetting(self.store, self.settings, self.registry, tenant=DEFAULT_TENANT)
        return room.forget(asked or (self.sample.sha256,), dataset_name=dataset_name, who="ana")

    def traces(self) -> list[str]:
        """Files of the home that still hold the picture, or its path."""
        picture = (self.root / self.sample.path).read_bytes()
        home = self.settings.home
        return [
            str(path.relative_to(home))
            for path in home.rglob("*")
            if path.is_file()
            and path.name.partition("-")[0] != self.settings.folders.store.name
            and not path.is_relative_to(self.root)
            and any(trace in path.read_bytes() for trace in (picture, self.sample.path.encode()))
        ]


@pytest.fixture
def patients(store: Store, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Patients:
    return Patients(store, settings, tmp_path_factory.mktemp("own") / "scans")


def test_nothing_is_left_but_the_hash_and_the_version_is_named(patients: Patients) -> None:
    assert len(patients.traces()) >= 4

    found = patients.forget(str(patients.root / patients.sample.path))

    assert patients.traces() == []
    assert found["versions"] == [{"name": NAME, "version": 1, "trained": True, "tested": False}]
    assert found["advice"].startswith("train these names anew")
    assert not (patients.folder / "predictions").exists()
    assert not list((patients.settings.folders.cache / "pictures").iterdir())
    assert (patients.root / patients.sample.path).is_file()  # what is the person's own is the person's


def test_same_data_of_another_tenant_stay_as_they_are(patients: Patients) -> None:
    theirs = patients.settings.folders.manifests_of("acme") / patients.path.name
    theirs.parent.mkdir()
    theirs.write_bytes(patients.path.read_bytes())

    found = patients.forget()

    assert found["manifests"] == 1
    assert patients.sample.path in theirs.read_text()


def test_the_manifest_stays_readable_with_a_tombstone(patients: Patients) -> None:
    patients.forget()

    manifest = read_manifest(patients.path)
    assert manifest.fingerprint == patients.manifest.fingerprint
    assert len(manifest.samples) == len(patients.manifest.samples) - 1
    (row,) = [json.loads(line) for line in patients.path.open() if "forgotten" in line]
    assert set(row) == {"forgotten", "sha256", "label", "split"}
    (mention,) = tombstones.mentions(patients.path, [patients.sample.sha256])
    assert (mention.split, mention.path) == (Split.TRAIN, None)


def test_only_activations_that_hold_it_are_computed_again(patients: Patients) -> None:
    patients.forget()

    assert patients.activations(Split.VALIDATION) == 0
    assert patients.activations(Split.TRAIN) == len(patients.manifest.indices(Split.TRAIN))


def test_the_artifact_loads_without_its_example_and_its_record_has_both_digests(patients: Patients) -> None:
    before = patients.store.decided(patients.decision).digest

    patients.forget()

    decided = patients.store.decided(patients.decision)
    for folder in (Path(decided.artifact), patients.registry.fetch(NAME, 1)):
        assert not (folder / EXAMPLE).exists()
        assert read_card(folder)["facts"]["example_sample"] is None
        load(folder)
        assert digest(folder) == decided.digest != before
    told = [event.data for event in patients.store.events() if event.kind == "forgotten"]
    assert (told[1]["before"], told[1]["after"]) == (before, decided.digest)
    assert told[0]["who"] == "ana" and told[0]["samples"] == 1
    assert patients.sample.path not in json.dumps(told)


def test_a_decision_that_waits_for_its_registry_is_registered_without_the_example(
    store: Store, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    patients = Patients(store, settings, tmp_path_factory.mktemp("own") / "scans", is_registered=False)

    patients.forget()
    reconcile(store, patients.registry)

    decided = store.decided(patients.decision)
    assert decided.version == 1 and decided.gone is None
    assert digest(patients.registry.fetch(NAME, 1)) == decided.digest


def test_a_later_job_leaves_it_out_with_the_day(patients: Patients, tmp_path: Path) -> None:
    patients.forget()
    (day,) = patients.store.forgotten(tenant=DEFAULT_TENANT, dataset_name=NAME).items()
    rows = tmp_path / "forgotten.jsonl"
    rows.write_text(json.dumps({"sha256": day[0], "day": "2026-11-25"}))

    described = patients.describe(forgotten=str(rows))

    rejected = {r.path: r.reason for r in described.report.rejected}
    assert rejected == {patients.sample.path: "was forgotten on 2026-11-25"}
    assert described.report.samples == len(patients.manifest.samples) - 1


def test_it_is_refused_while_a_job_may_use_it_and_where_nobody_knows_it(patients: Patients) -> None:
    with pytest.raises(RequestError, match="neither a file, nor the path of a known sample"):
        patients.forget("/nowhere/x.png")
    lease = patients.begin()

    with pytest.raises(Conflict, match=f"job {lease.job} is running and may use it: cancel it"):
        patients.forget()

    assert len(patients.traces()) >= 4


def test_a_deleted_file_is_found_by_its_old_path_and_other_names_are_left_alone(patients: Patients) -> None:
    path = patients.root / patients.sample.path
    kept = path.read_bytes()

    assert patients.forget(str(path), dataset_name="others")["manifests"] == 0
    path.unlink()
    assert patients.forget(str(path), dataset_name=NAME)["manifests"] == 1

    assert hashlib.sha256(kept).hexdigest() == patients.sample.sha256
    assert set(patients.store.forgotten(tenant=DEFAULT_TENANT, dataset_name=NAME)) == {patients.sample.sha256}


def test_killed_anywhere_it_completes_when_it_is_repeated(
    patients: Patients, monkeypatch: pytest.MonkeyPatch
) -> None:
    for life in range(40):
        lives = [life]

        def dying(call: Any, lives: list[int] = lives) -> Any:
            def die(*arguments: Any, **named: Any) -> Any:
                lives[0] -= 1
                if lives[0] < 0:
                    raise Killed
                return call(*arguments, **named)

            return die

        with monkeypatch.context() as patch:
            for room, name in (
                (forgetting, "remove"),
                (forgetting, "without_example"),
                (forgetting, "digest"),
                (forgetting, "_scrub"),
                (cards, "forget"),
                (tombstones, "forget"),
            ):
                patch.setattr(room, name, dying(getattr(room, name)))
            try:
                found = patients.forget()
            except Killed:
                continue
        break

    assert life > 4
    assert patients.traces() == []
    assert [version["version"] for version in found["versions"]] == [1]
    artifact = Path(patients.store.decided(patients.decision).artifact)
    assert digest(artifact) == patients.store.decided(patients.decision).digest
    load(artifact)


class Killed(BaseException):
    """The process ends here."""


def test_a_text_is_blanked_in_our_copy_of_its_table_and_the_others_stay(
    store: Store, settings: Settings
) -> None:
    copy = settings.folders.datasets / ("a" * 64)
    copy.mkdir(parents=True)
    rows = [f"{label} number {i},{label}" for i in range(20) for label in ("ill", "well")]
    (copy / "notes.csv").write_text("\n".join(["text,label", *rows]))
    job = settings.folders.job("x")
    work = Describe(source=DatasetSource(path=str(copy)), dataset_name=NAME, into=str(job), seed=0)
    described = describe(
        work,
        datasets=settings.folders.datasets,
        manifests=settings.folders.manifests,
        unpacked_bytes=0,
        unreadable_share=0.0,
    )
    before = read_manifest(Path(str(described.manifest)))
    gone = before.samples[3]

    room = Forgetting(store, settings, FolderRegistry(settings.folders.registry), tenant=DEFAULT_TENANT)
    found = room.forget([str(copy / gone.path)], dataset_name=None, who="ana")

    after = read_manifest(Path(str(described.manifest)))
    assert (found["samples"], found["manifests"]) == (1, 1)
    assert gone.path == "notes.csv:5" and "well number 1,well" not in (copy / "notes.csv").read_text()
    assert after.samples == tuple(sample for sample in before.samples if sample != gone)
    assert len(list(contents(copy, after.samples))) == len(rows) - 1


def test_a_row_is_not_scrubbed_where_another_begins_like_it(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("train.csv:1 and train.csv:17 and train.csv:1.")

    forgetting._scrub(tmp_path / "log.txt", ["train.csv:1"])

    assert (tmp_path / "log.txt").read_text() == "(forgotten) and train.csv:17 and (forgotten)."
