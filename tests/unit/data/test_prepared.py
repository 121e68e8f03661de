"""Prepared samples are made once, equal to the files, and blind to the splits left out."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_dataset import draw, png

from automl_tl.data.folder import survey
from automl_tl.data.image import IMAGE
from automl_tl.data.manifest import freeze
from automl_tl.data.prepared import PreparedSamples, prepare, prepared_key
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.errors import DatasetChanged, DiskFull
from automl_tl.model.picture import load_picture
from automl_tl.model.preparer import preparer_of
from automl_tl.model.spec import ImagePreprocessing

LOOK = ImagePreprocessing(size=6, mean=(0.5,) * 3, std=(0.5,) * 3)
OPEN = frozenset(Split) - {Split.TEST}
ORDER = [Split.TRAIN, Split.TEST, Split.VALIDATION, Split.RETEST, Split.TRAIN]


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """40 pictures of two classes, whose splits alternate along the manifest."""
    found = survey(draw(tmp_path / "data", {"cat": 25, "dog": 15}), reader=IMAGE)
    samples = [
        Sample(path=s.path, size=s.size, sha256=s.sha256, label=s.label, split=ORDER[i % len(ORDER)])
        for i, s in enumerate(found.samples)
    ]
    return freeze(samples, modality=Modality.IMAGE, dataset_name="pets", root=str(found.root))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def prepared(manifest: Manifest, cache: Path, *, splits: Iterable[Split] = OPEN) -> PreparedSamples:
    return prepare(manifest, preparer=preparer_of(LOOK), cache=cache, splits=splits)


def made(cache: Path) -> list[str]:
    return sorted(p.name for p in cache.rglob("*") if p.is_file() and p.suffix not in (".lock", ".json"))


def test_batches_hold_the_pictures_in_the_order_asked(manifest: Manifest, cache: Path) -> None:
    pictures = prepared(manifest, cache)
    wanted = [i for i, s in enumerate(manifest.samples) if s.split in OPEN][::-2]

    batch = pictures.batch(wanted)

    expected = [
        load_picture(Path(manifest.root) / manifest.samples[i].path, preprocessing=LOOK) for i in wanted
    ]
    assert batch.dtype == torch.uint8
    assert batch.shape == (len(wanted), 3, 6, 6)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(batch.permute(0, 2, 3, 1).numpy(), np.stack(expected))


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_indices_come_in_any_shape_of_sequence(manifest: Manifest, cache: Path, kind: type) -> None:
    indices = list(manifest.indices(Split.TRAIN))[:5]

    batch = prepared(manifest, cache).batch(kind(indices))

    assert torch.equal(batch, prepared(manifest, cache).batch(indices))
    assert prepared(manifest, cache).batch([]).shape == (0, 3, 6, 6)


def test_batch_belongs_to_its_taker(manifest: Manifest, cache: Path) -> None:
    pictures = prepared(manifest, cache)
    before = pictures.batch([0]).clone()

    pictures.batch([0]).zero_()

    assert torch.equal(pictures.batch([0]), before)


def test_targets_are_class_indices_and_nothing_where_sealed(manifest: Manifest, cache: Path) -> None:
    targets = prepared(manifest, cache).targets

    assert targets.dtype == torch.int64
    expected = [-1 if s.split is Split.TEST else manifest.classes.index(s.label) for s in manifest.samples]
    assert targets.tolist() == expected


def test_sealed_split_is_neither_read_nor_given(manifest: Manifest, cache: Path) -> None:
    sealed = manifest.indices(Split.TEST)
    for i in sealed:
        (Path(manifest.root) / manifest.samples[i].path).unlink()

    pictures = prepared(manifest, cache)

    assert made(cache) == ["retest.u8", "train.u8", "validation.u8"]
    with pytest.raises(ValueError, match=f"sample {sealed[0]} was asked for, but only train, validation"):
        pictures.batch([0, sealed[0]])


def test_a_split_is_made_once_for_all_its_users(manifest: Manifest, cache: Path) -> None:
    first = prepared(manifest, cache, splits=[Split.TRAIN])
    for path in Path(manifest.root).rglob("*.png"):
        path.unlink()

    again = prepared(manifest, cache, splits=[Split.TRAIN])

    train = manifest.indices(Split.TRAIN)
    assert torch.equal(again.batch(train), first.batch(train))


def test_geometry_and_data_make_another_array_but_normalising_does_not(manifest: Manifest) -> None:
    key = prepared_key(manifest, preprocessing=LOOK)

    assert prepared_key(manifest, preprocessing=replace(LOOK, mean=(0.1,) * 3, std=(0.2,) * 3)) == key
    others = [{"size": 7}, {"channels": 1}, {"interpolation": "bicubic"}, {"crop_mode": "squash"}]
    for change in [*others, {"crop_share": 0.9}]:
        assert prepared_key(manifest, preprocessing=replace(LOOK, **change)) != key  # type: ignore[arg-type]
    assert prepared_key(replace(manifest, fingerprint="other"), preprocessing=LOOK) != key


def test_changed_file_is_named(manifest: Manifest, cache: Path) -> None:
    changed = manifest.samples[manifest.indices(Split.VALIDATION)[1]].path
    (Path(manifest.root) / changed).write_bytes(png(999))

    with pytest.raises(DatasetChanged, match=f"the file {changed} changed while the job was running"):
        prepared(manifest, cache)

    assert made(cache) == ["train.u8"]


def test_missing_file_is_named(manifest: Manifest, cache: Path) -> None:
    gone = manifest.samples[0].path
    (Path(manifest.root) / gone).unlink()

    with pytest.raises(DatasetChanged, match=f"the file {gone} could be read when .* No such file"):
        prepared(manifest, cache)


def test_progress_is_told_over_all_splits(manifest: Manifest, cache: Path) -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    prepare(manifest, preparer=preparer_of(LOOK), cache=cache, splits=OPEN, tell=tell)

    assert told == [(i, 32) for i in range(1, 33)]


def test_stop_while_preparing_leaves_nothing_half_done(manifest: Manifest, cache: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(manifest, preparer=preparer_of(LOOK), cache=cache, splits=OPEN, tell=stop)

    assert made(cache) == []


def test_what_a_killed_process_left_behind_is_cleared(manifest: Manifest, cache: Path) -> None:
    folder = cache / "pictures" / prepared_key(manifest, preprocessing=LOOK)
    folder.mkdir(parents=True)
    (folder / ".train.u8.99999").write_bytes(b"half")

    prepared(manifest, cache, splits=[Split.TRAIN])

    assert made(cache) == ["train.u8"]


def test_several_at_once_make_one_array(manifest: Manifest, cache: Path) -> None:
    def work(_: int) -> int:
        prepared(manifest, cache, splits=[Split.TRAIN])
        return next(cache.rglob("train.u8")).stat().st_ino

    with ThreadPoolExecutor(4) as pool:
        inodes = set(pool.map(work, range(8)))

    assert len(inodes) == 1


def test_empty_split_is_no_trouble(manifest: Manifest, cache: Path) -> None:
    samples = [replace(sample, split=Split.TRAIN) for sample in manifest.samples]
    all_train = replace(manifest, samples=tuple(samples), fingerprint="all")

    assert len(prepared(all_train, cache).batch(range(40))) == 40


def test_full_disk_is_said_before_the_work(manifest: Manifest, cache: Path) -> None:
    vast = replace(LOOK, size=30_000_000)

    with pytest.raises(DiskFull, match=r"the prepared samples need [\d,]+ bytes in .*, but only [\d,]+ are"):
        prepare(manifest, preparer=preparer_of(vast), cache=cache, splits=OPEN)
