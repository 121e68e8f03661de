"""The report as its readers see it."""

import json
from pathlib import Path

from automl_tl.data.family import Pair
from automl_tl.data.report import as_markdown, write_report
from automl_tl.domain.dataset import Changes, DataReport, Leaks, Measure, Modality, Rejected, Verdict
from automl_tl.domain.finding import Finding

SPLITS = {"train": 6, "validation": 2, "retest": 1, "test": 3}


def report(**more: object) -> DataReport:
    known: dict[str, object] = {
        "modality": Modality.IMAGE,
        "samples": 12,
        "unreadable": 0,
        "leaks": Leaks(),
        "label_conflicts": 0,
        "verdict": Verdict.OK,
        "classes": {"cat": 7, "dog": 5},
        "splits": SPLITS,
    }
    return DataReport(**{**known, **more})  # type: ignore[arg-type]


def test_verdict_comes_first_then_what_is_worth_a_look() -> None:
    finding = Finding(what="shift", found="test is <darker>", advice="look at it")

    lines = as_markdown(
        report(findings=(finding,), changes=Changes(added=3, gone=1, relabelled=0))
    ).splitlines()

    assert lines[2] == "**12 samples of 2 classes can be used.**"
    assert lines[6] == "- **shift**: test is \\<darker\\>. Look at it."
    assert "Since the version before: 3 samples added, 1 gone, 0 relabelled." in lines


def test_what_was_found_says_what_was_done() -> None:
    found = as_markdown(report(verdict=Verdict.REPAIRED, leaks=Leaks(near=2), label_conflicts=1))

    assert "| test samples with a near copy in training | 2 | the training copies were left out |" in found
    assert "| test samples with an exact copy in training | 0 |  |" in found
    assert "| samples under more than one label | 1 | left out: say which label is right |" in found


def test_sizes_are_told() -> None:
    width = Measure(least=8, low=20.4, median=64, high=1200, most=4096)

    assert "| width | 8 | 20 | 64 | 1,200 | 4,096 |" in as_markdown(report(measures={"width": width}))


def test_of_many_classes_the_largest_and_the_smallest_are_shown() -> None:
    classes = {f"class {i:04d}": 2000 - i for i in range(1000)}

    found = as_markdown(report(classes=classes))

    assert "| class 0000 | 2,000 |" in found
    assert "| class 0999 | 1,001 |" in found
    assert "970 classes between them are not shown." in found
    assert found.count("| class 0") == 30


def test_whole_lists_lie_beside_the_report_and_go_with_it(tmp_path: Path) -> None:
    rejected = tuple(Rejected(path=f"{i}.png", reason="is empty") for i in range(60))
    pairs = (Pair(one="a.png", other="b.png", likeness=0.99),)

    shown = write_report(report(rejected=rejected), folder=tmp_path, pairs=pairs)

    assert len(shown.rejected) == 50
    assert len((tmp_path / "rejected.jsonl").read_text().splitlines()) == 60
    assert json.loads((tmp_path / "near.jsonl").read_text()) == {
        "one": "a.png",
        "other": "b.png",
        "likeness": 0.99,
    }
    write_report(report(), folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data_report.json", "data_report.md"]
