"""Manifests come back as they were written, whole or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.data.manifest import fingerprint, freeze, read_manifest, write_manifest
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.errors import DatasetRefused


def sample(path: str = "cat/1.png", **more: object) -> Sample:
    facts: dict[str, object] = {"size": 3, "sha256": "ab" * 32, "label": "cat", "split": Split.TRAIN}
    return Sample(path=path, **(facts | more))  # type: ignore[arg-type]


def frozen(*samples: Sample) -> Manifest:
    return freeze(samples, modality=Modality.IMAGE, dataset_name="pets", root="/data/pets")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SAMPLES = st.builds(
    Sample,
    path=TEXT,
    size=st.integers(0, 2**40),
    sha256=st.sampled_from(["ab" * 32, "cd" * 32]),
    label=TEXT,
    split=st.sampled_from(Split),
    group=st.none() | TEXT,
    slice=st.none() | TEXT,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(SAMPLES, max_size=8))
def test_manifest_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, samples: list[Sample]
) -> None:
    manifest = frozen(*samples)

    path = write_manifest(manifest, folder=tmp_path_factory.mktemp("manifests"))

    assert path.name == f"{manifest.fingerprint}.jsonl"
    assert read_manifest(path) == manifest


def test_samples_are_ordered_by_path_and_classes_sorted() -> None:
    manifest = frozen(sample("b", label="dog"), sample("a", label="eel"), sample("c", label="cat"))

    assert [s.path for s in manifest.samples] == ["a", "b", "c"]
    assert manifest.classes == ("cat", "dog", "eel")


@pytest.mark.parametrize(
    "change", [{"sha256": "cd" * 32}, {"label": "dog"}, {"split": Split.TEST}, {"group": "g"}]
)
def test_fingerprint_knows_every_fact_that_matters(change: dict[str, object]) -> None:
    assert frozen(sample(**change)).fingerprint != frozen(sample()).fingerprint


def test_fingerprint_is_the_same_in_another_place() -> None:
    here = frozen(sample("cat/1.png"))

    there = frozen(sample("data/cat/one.png", size=4))

    assert there.fingerprint == here.fingerprint


def test_fingerprint_does_not_mix_up_neighbouring_fields() -> None:
    one = fingerprint([sample(label="a", group="bc")], modality=Modality.IMAGE, classes=("a",))

    other = fingerprint([sample(label="ab", group="c")], modality=Modality.IMAGE, classes=("a",))

    assert one != other


def test_same_data_read_again_elsewhere_replace_the_manifest(tmp_path: Path) -> None:
    manifest = frozen(sample())
    write_manifest(manifest, folder=tmp_path)
    moved = replace(manifest, root="/data/new")

    path = write_manifest(moved, folder=tmp_path)

    assert read_manifest(path) == moved
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_manifest_that_is_not_whole_is_refused(tmp_path: Path, keep: int) -> None:
    path = write_manifest(frozen(sample("a"), sample("b")), folder=tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:keep]))

    with pytest.raises(DatasetRefused, match="is not a whole manifest"):
        read_manifest(path)
