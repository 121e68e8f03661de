"""A saved model of this home is where another training may begin."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from decided_line import Line
from small_model import save_small

from automl_tl.data.manifest import freeze, write_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import DataReport, Leaks, Manifest, Modality, Sample, Split, Verdict
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.job.heritage import why_tainted
from automl_tl.model.artifact import load
from automl_tl.settings import Settings
from automl_tl.wiring.champions import find_saved
from automl_tl.zoo.champion import ChampionZoo

# What another registry gives back is the other suites' to say; opening MLflow's takes seconds.
pytestmark = pytest.mark.parametrize("registry", ["folder"], indirect=True)


@pytest.fixture
def own(line: Line, tmp_path: Path) -> Line:
    """The name, with an artifact of its own that may be lost."""
    return replace(line, artifact=shutil.copytree(line.artifact, tmp_path / "own"))


@pytest.fixture
def zoo(line: Line, tmp_path: Path) -> ChampionZoo:
    settings = Settings(home=tmp_path / "home", store_url=f"sqlite:///{tmp_path / 'store.sqlite3'}")
    return ChampionZoo(partial(find_saved, settings, open_registry=lambda settings: line.registry))


def _candidate(line: Line, **more: object) -> Candidate:
    return Candidate(id="own", source=f"champion:{line.name}", **more)  # type: ignore[arg-type]


def test_a_champion_is_opened_as_it_was_saved(line: Line, zoo: ChampionZoo) -> None:
    line.decide("promote", licence="mit", configuration={"learning_rate": 0.02, "freeze_depth": 1})
    line.reconcile()
    network = load(line.artifact).network
    pictures = torch.randn(2, 3, 32, 32)

    backbone, facts = zoo.load(_candidate(line)), zoo.facts(_candidate(line))

    with torch.no_grad():
        assert torch.equal(backbone.module(pictures), network.backbone(pictures))
    assert backbone.source_head is not None and torch.equal(backbone.source_head[0], network.head.weight)
    assert all(parameter.requires_grad for parameter in backbone.module.parameters())
    assert (facts.revision, facts.licence, facts.features) == ("1", "mit", 16)
    assert (facts.learning_rate, facts.freeze_depth) == (0.02, 1)
    assert len(facts.stages) == len(backbone.stages) >= 2
    assert zoo.weights(_candidate(line)) == line.artifact / "model.safetensors"


def test_a_version_stays_what_it_was_when_another_becomes_champion(
    line: Line, zoo: ChampionZoo, tmp_path: Path
) -> None:
    line.decide("promote")
    later = replace(line, artifact=save_small(tmp_path / "later", classes=("a", "b")))
    later.decide("promote")
    line.reconcile()

    assert zoo.facts(_candidate(line)).revision == "2"
    assert zoo.weights(_candidate(line, revision="1")).parent == line.artifact
    assert zoo.facts(_candidate(line, revision="1")).revision == "1"


def test_a_champion_lost_in_its_jobs_folder_comes_from_the_registry(own: Line, zoo: ChampionZoo) -> None:
    own.decide("promote")
    own.reconcile()
    shutil.rmtree(own.artifact)

    found = zoo.weights(_candidate(own))

    assert found.is_file() and own.artifact not in found.parents
    assert zoo.load(_candidate(own)).spec.features == 16


def test_a_champion_that_was_changed_before_it_was_registered_is_refused(own: Line, zoo: ChampionZoo) -> None:
    own.decide("promote")
    (own.artifact / "model.safetensors").write_bytes(b"other")

    with pytest.raises(CandidateFailed, match=r"was changed: .* and it is not registered yet"):
        zoo.load(_candidate(own))


def test_what_there_is_not_is_said(line: Line, zoo: ChampionZoo) -> None:
    with pytest.raises(CandidateUnknown, match=f"champion:{line.name}, but"):
        zoo.load(_candidate(line))
    line.decide("keep")
    with pytest.raises(CandidateUnknown, match="has no champion"):
        zoo.load(_candidate(line))
    with pytest.raises(CandidateUnknown, match=f"{line.name} has no version 7"):
        zoo.load(_candidate(line, revision="7"))
    line.decide("promote")
    with pytest.raises(CandidateFailed, match=r"image_size is 64, but .* reads 32 × 32"):
        zoo.load(_candidate(line, image_size=64))


def _frozen(dataset_name: str, splits: dict[str, Split]) -> Manifest:
    samples = [
        Sample(path=f"{sha256}.png", size=1, sha256=sha256, label="a" if i % 2 else "b", split=split)
        for i, (sha256, split) in enumerate(splits.items())
    ]
    return freeze(samples, dataset_name=dataset_name, modality=Modality.IMAGE, root="/nowhere")


def _trained(line: Line, folder: Path, splits: dict[str, Split], **lineage: object) -> Path:
    lease = line.lease()
    manifest = _frozen(line.name, splits)
    path = write_manifest(manifest, folder=folder)
    report = DataReport(
        modality=Modality.IMAGE, samples=2, unreadable=0, leaks=Leaks(), label_conflicts=0,
        verdict=Verdict.OK, classes={}, splits={},
    )  # fmt: skip
    line.store.freeze(lease, manifest, path=str(path), report=report)
    line.decide("promote", lease=lease, **lineage)
    line.reconcile()
    return path


def test_a_model_that_was_trained_on_what_is_held_out_may_not_begin(line: Line, tmp_path: Path) -> None:
    written = _trained(line, tmp_path, {"x": Split.TRAIN, "y": Split.TRAIN, "z": Split.TEST})
    grandchild = replace(line, name=f"{line.name}-b")
    _trained(
        grandchild, tmp_path, {"w": Split.TRAIN, "v": Split.TEST},
        backbone=f"champion:{line.name}", revision="1",
    )  # fmt: skip

    def why(name: str, splits: dict[str, Split]) -> str | None:
        manifest = _frozen("other", splits)
        return why_tainted(line.store, name, revision="1", tenant=DEFAULT_TENANT, manifest=manifest)

    same, other = (
        {"x": Split.TRAIN, "z": Split.TEST},
        {"x": Split.TEST, "y": Split.VALIDATION, "z": Split.TRAIN},
    )
    assert why(line.name, same) is why(grandchild.name, same) is None
    for name in (line.name, grandchild.name):
        found = why(name, other)
        assert found is not None and "held out here (1 of test, 1 of validation)" in found
    written.unlink()
    assert "its manifest is gone" in str(why(line.name, same))
