"""Tables are checked, split and remembered like folders, by what stands in their rows."""

import json
from pathlib import Path

import pytest
from written_table import texts, write_table

from automl_tl.data.contents import contents
from automl_tl.data.describe import describe
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import DatasetSource, Manifest, Split, Verdict
from automl_tl.domain.work import Describe, Described
from automl_tl.errors import DatasetRefused


def described(path: Path, *, home: Path, **lists: dict[str, str]) -> Described:
    work = Describe(
        source=DatasetSource(path=str(path)),
        dataset_name="mails",
        into=str(home / "job"),
        seed=0,
        **{key: str(listed(home / f"{key}.jsonl", rows, key=key)) for key, rows in lists.items()},
    )
    return describe(
        work,
        datasets=home / "datasets",
        manifests=home / "manifests",
        unpacked_bytes=2**20,
        unreadable_share=0.1,
    )


def listed(path: Path, rows: dict[str, str], *, key: str) -> Path:
    column = {"remembered": "split", "forgotten": "day"}[key]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"sha256": k, column: v}) + "\n" for k, v in rows.items()))
    return path


def manifest_of(result: Described) -> Manifest:
    return read_manifest(Path(str(result.manifest)))


def test_a_tenth_of_bad_rows_is_left_out_and_more_is_refused(tmp_path: Path) -> None:
    rows = texts(60)
    path = write_table(tmp_path / "mails.csv", [*rows, *[("no label", "")] * 6])
    worse = write_table(tmp_path / "worse.csv", [*rows, *[("no label", "nan")] * 7])

    result = described(path, home=tmp_path / "home")

    assert (result.report.verdict, result.report.samples, result.report.unreadable) == (
        Verdict.REPAIRED,
        60,
        6,
    )
    lines = (tmp_path / "home/job/rejected.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == {
        "path": "mails.csv:62",
        "reason": "has nothing in column label, but a class was expected",
    }
    sentence = (
        r"7 of 67 samples could not be read, more than the 10% allowed; "
        r"the first: worse\.csv:62 has 'nan' in column label"
    )
    with pytest.raises(DatasetRefused, match=sentence):
        described(worse, home=tmp_path / "home")


def test_remembered_splits_follow_the_text_wherever_its_row_stands(tmp_path: Path) -> None:
    rows = texts(60)
    first = manifest_of(described(write_table(tmp_path / "a.csv", rows), home=tmp_path / "home"))
    remembered = {sample.sha256: sample.split.value for sample in first.samples}

    moved = write_table(tmp_path / "b.jsonl", [*texts(10, first=500), *reversed(rows)])
    second = manifest_of(described(moved, home=tmp_path / "home", remembered=remembered))

    splits = {sample.sha256: sample.split for sample in second.samples}
    assert all(splits[sample.sha256] is sample.split for sample in first.samples)
    assert len(splits) == 70


def test_forgotten_texts_copies_and_conflicts_are_told_by_their_rows(tmp_path: Path) -> None:
    rows = texts(60)
    first = manifest_of(described(write_table(tmp_path / "a.csv", rows), home=tmp_path / "home"))
    forgotten = {first.samples[4].sha256: "2026-11-26"}
    (tmp_path / "new").mkdir()
    write_table(tmp_path / "new/train.csv", [*rows, (rows[7][0], rows[8][1])])
    write_table(tmp_path / "new/test.csv", [*texts(30, first=900), rows[11]])

    result = described(tmp_path / "new", home=tmp_path / "home", forgotten=forgotten)

    told = {rejected.path: rejected.reason for rejected in result.report.rejected}
    assert told == {
        "train.csv:6": "was forgotten on 2026-11-26",
        "train.csv:9": 'stands under "ham", "spam": which is right?',
        "train.csv:62": 'stands under "ham", "spam": which is right?',
        "train.csv:13": "is a copy of test.csv:32, which stands in test",
    }
    assert (result.report.leaks.exact, result.report.label_conflicts) == (1, 1)


def test_a_class_with_two_texts_is_told_and_learnt(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", [*texts(60), ("so rare", "rare"), ("so very rare", "rare")])

    result = described(path, home=tmp_path / "home")

    assert any('class "rare" has 2 distinct samples' in note for note in result.report.notes)
    rare = {s.split for s in manifest_of(result).samples if s.label == "rare"}
    assert rare == {Split.TRAIN, Split.TEST}


def test_rows_keep_their_order_in_the_manifest_beyond_nine(tmp_path: Path) -> None:
    manifest = manifest_of(described(write_table(tmp_path / "a.csv", texts(120)), home=tmp_path / "home"))

    assert [sample.path for sample in manifest.samples] == [f"a.csv:{n}" for n in range(2, 122)]
    assert [data.decode() for data in contents(tmp_path, manifest.samples)] == [t for t, _ in texts(120)]
