"""What a labelled folder or table tells of a model, and what it costs the sealed test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import played_job
import pytest

from automl_tl.champions.models_service import ModelsService
from automl_tl.data.manifest import freeze
from automl_tl.domain.dataset import Modality, Sample, Split
from automl_tl.domain.gate import granted
from automl_tl.domain.prediction import EvaluationTerms, Sealed
from automl_tl.errors import DatasetRefused, NotFound, RequestError
from automl_tl.model.artifact import load
from automl_tl.model.digest import digest
from automl_tl.proof.calibration import calibration_error
from automl_tl.proof.shares import wilson
from automl_tl.registry.folder import FolderRegistry
from automl_tl.serving.labelled import read_labelled
from automl_tl.serving.threshold import THRESHOLDS, threshold_for
from automl_tl.store.base import Store

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(registry: FolderRegistry, store: Store) -> Ask:
    """Evaluates the champion of ``colours``, whose metric is accuracy."""
    store.add_job(played_job.request("colours"), tenant="default")
    service = ModelsService(registry, ledger=store)

    def ask(dataset: Path, **options: Any) -> dict[str, Any]:
        return service.evaluate("colours", dataset=dataset, terms=EvaluationTerms(**options))

    return ask


def seal(store: Store, folder: Path, *, labels: tuple[str, ...]) -> None:
    """A job of the name had a dataset whose test holds the folder's pictures of these labels."""
    found = read_labelled(folder)
    samples = [
        Sample(
            path=path.name,
            size=1,
            sha256=sha256,
            label=label,
            split=Split.TEST if label in labels else Split.TRAIN,
        )
        for path, label, sha256 in zip(found.inputs, found.labels, found.sha256, strict=True)
    ]
    lease = played_job.begin(store, name="colours")
    manifest = freeze(samples, modality=Modality.IMAGE, dataset_name="colours", root=str(folder))
    store.freeze(lease, manifest, path="/m.jsonl", report=played_job.data_report())


def test_figures_are_those_of_the_models_predictions(ask: Ask, artifact: Path, labelled_folder: Path) -> None:
    predictor = load(artifact)
    files = sorted(labelled_folder.glob("*/*.png"))
    probabilities = predictor.predict(files)
    calls = probabilities.argmax(axis=1)
    truth = np.array([predictor.spec.classes.index(file.parent.name) for file in files])
    hits = int((calls == truth).sum())

    found = ask(labelled_folder)

    accuracy = wilson(hits, 8, alpha=0.05)
    assert (found["metric"], found["samples"], found["version"]) == ("accuracy", 8, 1)
    assert found["digest"] == digest(artifact)
    assert found["value"] == pytest.approx(hits / 8)
    assert found["interval"] == pytest.approx([accuracy.low, accuracy.high])
    assert found["calibration_error"] == pytest.approx(calibration_error(truth, probabilities))
    counts = [[int(((truth == t) & (calls == c)).sum()) for c in (0, 1)] for t in (0, 1)]
    assert found["confusion"] == {"classes": ["blue", "red"], "counts": counts}
    for target, name in enumerate(("blue", "red")):
        recall = found["classes"][name]
        interval = wilson(counts[target][target], 4, alpha=0.05)
        assert recall["samples"] == 4 and recall["recall"] == counts[target][target] / 4
        assert recall["interval"] == pytest.approx([interval.low, interval.high])
    assert (found["unknown_labels"], found["absent_classes"], found["sealed"]) == ({}, [], None)
    assert "coverage" not in found


def test_a_table_says_the_same_as_the_folder(ask: Ask, labelled_folder: Path) -> None:
    files = sorted(labelled_folder.glob("*/*.png"))
    rows = [f"{file.relative_to(labelled_folder)},{file.parent.name}" for file in files]
    table = labelled_folder / "labels.csv"
    table.write_text("\n".join(["image,label", *rows]))
    plain = ask(labelled_folder)

    assert ask(table) == plain
    assert ask(table, input_column="image", label_column="label") == plain
    with pytest.raises(RequestError, match="has no column kind: its columns are image, label"):
        ask(table, label_column="kind")
    with pytest.raises(RequestError, match="the column label is for a table"):
        ask(labelled_folder, label_column="label")
    table.write_text("image,label\nred/0.png,\n")
    with pytest.raises(RequestError, match=r"record 1 of .* has no label"):
        ask(table)
    table.write_text("image,label\nred/9.png,red\n")
    with pytest.raises(RequestError, match="there is no file"):
        ask(table)


def test_what_is_sure_enough_is_measured_beside_the_whole(
    ask: Ask, artifact: Path, labelled_folder: Path
) -> None:
    predictor = load(artifact)
    files = sorted(labelled_folder.glob("*/*.png"))
    probabilities = predictor.predict(files)
    truth = np.array([predictor.spec.classes.index(file.parent.name) for file in files])
    below = float(np.median(probabilities.max(axis=1)))
    sure = probabilities.max(axis=1) >= below

    found = ask(labelled_folder, abstain_below=below)
    nothing = ask(labelled_folder, abstain_below=1.0)

    assert found["coverage"] == pytest.approx(sure.mean())
    assert found["answered"]["samples"] == sure.sum()
    assert found["answered"]["value"] == pytest.approx(
        (probabilities[sure].argmax(axis=1) == truth[sure]).mean()
    )
    assert (nothing["coverage"], nothing["answered"]["value"]) == (0, None)


def test_labels_that_the_model_does_not_know_and_classes_without_samples_are_said(
    ask: Ask, labelled_folder: Path
) -> None:
    (labelled_folder / "blue").rename(labelled_folder / "green")

    found = ask(labelled_folder)

    assert (found["samples"], found["unknown_labels"], found["absent_classes"]) == (4, {"green": 4}, ["blue"])
    (labelled_folder / "red").rename(labelled_folder / "pink")
    with pytest.raises(RequestError, match="the labels are green, pink, but the model knows only blue, red"):
        ask(labelled_folder)


def test_sealed_samples_are_counted_as_an_opening_that_proofs_pay_for(
    ask: Ask, store: Store, labelled_folder: Path
) -> None:
    seal(store, labelled_folder, labels=("red",))
    red = read_labelled(labelled_folder).only(labels=["red"]).sha256

    first, again = ask(labelled_folder), ask(labelled_folder)
    (labelled_folder / "red" / "3.png").unlink()
    fewer = ask(labelled_folder)
    lease = played_job.begin(store, name="colours")
    proof = store.open_test(lease, tenant="default", name="colours", fingerprint="f", samples=red)

    assert first["sealed"] == {
        "samples": 4,
        "opening": 1,
        "reading": 1,
        "next_level": granted(1.0, reading=2),
    }
    assert again["sealed"] == first["sealed"]  # the same figures again tell nothing new
    assert (fewer["sealed"]["opening"], fewer["sealed"]["reading"]) == (2, 2)
    assert (proof.number, proof.reading) == (3, 3)
    assert store.openings(tenant="default", name="colours") == 3


def test_sealed_samples_may_be_left_out(ask: Ask, store: Store, labelled_folder: Path) -> None:
    seal(store, labelled_folder, labels=("red",))

    found = ask(labelled_folder, sealed=Sealed.LEAVE_OUT)

    assert (found["samples"], found["absent_classes"]) == (4, ["red"])
    assert found["sealed"] == {"samples": 4, "opening": None}
    assert store.openings(tenant="default", name="colours") == 0
    seal(store, labelled_folder, labels=("blue",))  # a sample keeps its split for ever: blue is train
    assert ask(labelled_folder, sealed=Sealed.LEAVE_OUT)["samples"] == 4


def test_a_test_of_nothing_but_sealed_samples_is_not_left_to_be_read(
    ask: Ask, store: Store, labelled_folder: Path
) -> None:
    seal(store, labelled_folder, labels=("red", "blue"))

    with pytest.raises(RequestError, match="all 8 samples are of the sealed test of colours"):
        ask(labelled_folder, sealed=Sealed.LEAVE_OUT)


def test_given_test_split_is_the_only_one_read(ask: Ask, labelled_folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    for split, count in [("train", 3), ("test", 1)]:
        for label in ("red", "blue"):
            (whole / split / label).mkdir(parents=True)
            for i in range(count):
                (whole / split / label / f"{i}.png").write_bytes(
                    (labelled_folder / label / f"{i}.png").read_bytes()
                )

    assert ask(whole)["samples"] == 2


def test_what_cannot_be_read_is_named(ask: Ask, labelled_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "notes.txt").write_text("no table")
    (labelled_folder / "red" / "2.png").write_bytes(b"broken")

    with pytest.raises(RequestError, match=r"1 pictures cannot be read; red/2\.png"):
        ask(labelled_folder)
    with pytest.raises(DatasetRefused):
        ask(tmp_path / "none")
    with pytest.raises(RequestError, match=r"notes\.txt is neither a folder of class folders nor a table"):
        ask(tmp_path / "notes.txt")
    with pytest.raises(NotFound, match="colours has no version 9"):
        ask(labelled_folder, alias="9")


def _suggest(confidence: np.ndarray, is_right: np.ndarray, target: float) -> dict[str, Any]:
    return threshold_for(
        confidence, is_right, target=target, share=lambda h, n, a: wilson(h, n, alpha=a), alpha=0.05
    )


def test_a_threshold_is_suggested_only_where_it_is_proven() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 20_000)
    is_right = random.random(20_000) < confidence  # calibrated

    found = _suggest(confidence, is_right, 0.9)

    answered = confidence >= found["abstain_below"]
    assert found["accuracy"] == pytest.approx(is_right[answered].mean())
    assert found["coverage"] == pytest.approx(answered.mean())
    # Above t the mean confidence is (1 + t) / 2: 0.9 is reached from 0.8 on, and is proven soon after.
    assert 0.8 <= found["abstain_below"] <= 0.85
    assert _suggest(confidence[:20], is_right[:20], 0.9)["abstain_below"] is None


@pytest.mark.parametrize("samples", [200, 1000])
def test_a_suggested_threshold_is_seldom_wrong(samples: int) -> None:
    random = np.random.default_rng(samples)
    wrong, sequences = 0, 400
    for _ in range(sequences):
        confidence = random.uniform(0.5, 1, samples)
        is_right = random.random(samples) < 0.9  # the same accuracy everywhere: no threshold reaches 0.905
        wrong += _suggest(confidence, is_right, 0.905)["abstain_below"] is not None

    assert len(THRESHOLDS) == 43
    assert wrong / sequences <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / sequences)
