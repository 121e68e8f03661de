"""Predictions on disk become a proof."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.domain.gate import GatePolicy, Opening, Outcome, Proof
from automl_tl.domain.judgement import decide
from automl_tl.domain.work import Reading
from automl_tl.errors import AutomlError
from automl_tl.proof.reading import proof_of
from automl_tl.store.rows import dump, load

TARGETS = np.arange(200) % 2
CLASSES = ("no", "yes")


def manifest(
    targets: np.ndarray = TARGETS,
    *,
    classes: tuple[str, ...] = CLASSES,
    groups: Sequence[str | None] | None = None,
    slices: Sequence[str | None] | None = None,
) -> Manifest:
    """A manifest whose test samples have these targets."""
    samples = tuple(
        Sample(
            path=f"{i:05d}.none",
            size=0,
            sha256=str(i),
            label=classes[target],
            split=Split.TEST,
            group=None if groups is None else groups[i],
            slice=None if slices is None else slices[i],
        )
        for i, target in enumerate(targets)
    )
    return Manifest(
        fingerprint="f",
        dataset_name="d",
        modality=Modality.IMAGE,
        root="/data",
        classes=classes,
        samples=samples,
    )


def called(folder: Path, name: str, calls: np.ndarray, *, targets: np.ndarray, **found: object) -> Reading:
    """The reading of a contender that called the samples so."""
    path = folder / f"{name}.npz"
    classes = int(max(calls.max(), targets.max())) + 1
    probabilities = np.eye(classes, dtype=np.float32)[calls] * 0.8 + 0.2 / classes
    np.savez(path, targets=targets, probabilities=probabilities)
    return Reading(name=name, value=0.0, predictions=str(path), **found)  # type: ignore[arg-type]


def reading(folder: Path, name: str, *, wrong: int, targets: np.ndarray = TARGETS) -> Reading:
    calls = targets.copy()
    calls[:wrong] = 1 - calls[:wrong]
    return called(folder, name, calls, targets=targets)


def prove(readings: Sequence[Reading], data: Manifest, *, metric: str = "accuracy") -> Proof:
    return proof_of(
        readings,
        manifest=data,
        metric=metric,
        opening=Opening(number=2, reading=1),
        alpha=0.05,
        seed=0,
        champion_version=4,
    )


def test_a_proof_holds_values_intervals_and_paired_gains(tmp_path: Path) -> None:
    readings = [
        reading(tmp_path, "challenger", wrong=10),
        reading(tmp_path, "champion", wrong=12),
        reading(tmp_path, "majority", wrong=100),
    ]

    proof = prove(readings, manifest())

    assert proof.samples == 200 and proof.opening == 2 and proof.champion_version == 4
    assert proof.values == pytest.approx({"challenger": 0.95, "champion": 0.94, "majority": 0.5})
    assert proof.intervals["challenger"].low < 0.95 < proof.intervals["challenger"].high
    majority, champion = proof.gain_over("majority"), proof.gain_over("champion")
    assert majority is not None and majority.interval.low > 0.3
    assert champion is not None and champion.mean == pytest.approx(0.01)
    assert champion.interval.low <= 0.0
    assert proof.gain_over("challenger") is None
    assert proof.groups is None and proof.common is None


def test_readings_of_different_samples_are_never_compared(tmp_path: Path) -> None:
    readings = [
        reading(tmp_path, "challenger", wrong=1),
        reading(tmp_path, "majority", wrong=1, targets=1 - TARGETS),
    ]

    with pytest.raises(AutomlError, match="majority was read on other samples"):
        prove(readings, manifest())


def test_samples_of_few_patients_prove_less_and_the_patients_are_counted(tmp_path: Path) -> None:
    readings = [
        reading(tmp_path, "challenger", wrong=0),
        reading(tmp_path, "champion", wrong=20),
        reading(tmp_path, "majority", wrong=100),
    ]
    patients = [f"patient {i // 20}" for i in range(200)]  # the champion is wrong on one of them only

    alone, grouped = (prove(readings, manifest(groups=groups)) for groups in (None, patients))

    assert decide(alone, GatePolicy()).outcome is Outcome.PROMOTE
    decision = decide(grouped, GatePolicy(must_beat=GatePolicy().must_beat))
    assert grouped.groups == 10
    assert decision.outcome is not Outcome.PROMOTE
    assert "200 sealed samples of 10 groups" in decision.reason


def test_where_classes_differ_the_two_are_compared_on_what_both_know(tmp_path: Path) -> None:
    targets = np.arange(400) % 4  # cat, dog, fox, owl; the champion knows cat, dog and a bird
    wrong = targets.copy()
    wrong[:160] = np.array([1, 0, 2, 3])[targets[:160]]
    champion = np.where(targets > 1, 0, wrong)
    readings = [
        called(tmp_path, "challenger", targets, targets=targets),
        called(tmp_path, "champion", champion, targets=targets, classes=("bird", "cat", "dog")),
        called(tmp_path, "majority", np.zeros_like(targets), targets=targets),
    ]

    proof = prove(readings, manifest(targets, classes=("cat", "dog", "fox", "owl")))

    assert proof.common is not None
    assert (proof.common.samples, proof.common.classes) == (200, 2)
    assert (proof.common.new, proof.common.lost) == (("fox", "owl"), ("bird",))
    assert proof.values["champion"] == pytest.approx(0.6) and proof.samples == 400
    decision = decide(proof, GatePolicy())
    assert decision.outcome is Outcome.PROMOTE
    assert (
        "beats champion version 4 0.600 on the 200 samples of the 2 classes that both know "
        "(the challenger 1.000; new classes: fox, owl; lost classes: bird)" in decision.reason
    )
    assert {part.name for part in proof.figures.classes if part.loss is not None} == {"cat", "dog"}


@pytest.mark.parametrize("known", [("ant", "bee"), ("ant", "cat")])
def test_a_champion_that_shares_too_few_classes_waits_for_a_person(
    tmp_path: Path, known: tuple[str, ...]
) -> None:
    targets = np.arange(200) % 2
    readings = [
        called(tmp_path, "challenger", targets, targets=targets),
        called(tmp_path, "champion", 1 - targets, targets=targets, classes=known),
        called(tmp_path, "majority", np.zeros_like(targets), targets=targets),
    ]

    proof = prove(readings, manifest(targets, classes=("cat", "dog")))

    assert proof.gain_over("champion") is None
    decision = decide(proof, GatePolicy())
    assert decision.outcome is Outcome.PENDING
    assert "champion version 4 cannot be compared on the" in decision.reason
    assert "lost classes: ant" in decision.reason
    assert decision.reason.endswith("but the champion could not be compared, so a person decides")


def test_a_champion_that_cannot_be_read_is_told_of_and_nothing_is_promoted(tmp_path: Path) -> None:
    readings = [
        reading(tmp_path, "challenger", wrong=0),
        Reading(name="champion", value=0.0, predictions="", flaw="cannot be read: /models/1 holds no file"),
        reading(tmp_path, "majority", wrong=100),
    ]

    decision = decide(prove(readings, manifest()), GatePolicy())

    assert decision.outcome is Outcome.PENDING
    assert "champion version 4 cannot be read: /models/1 holds no file" in decision.reason


def test_a_lost_class_is_seen_behind_a_better_average(tmp_path: Path) -> None:
    targets = np.arange(1000) % 10
    champion, challenger = targets.copy(), targets.copy()
    champion[targets < 5] = 9  # wrong on half of all
    challenger[(targets == 7) & (np.arange(1000) < 200)] = 0  # wrong on a fifth of class 7
    readings = [
        called(tmp_path, "challenger", challenger, targets=targets),
        called(tmp_path, "champion", champion, targets=targets),
    ]
    day = ["night" if i < 200 else "day" for i in range(1000)]

    classes = tuple(f"c{i}" for i in range(10))
    proof = prove(readings, manifest(targets, classes=classes, slices=day))

    seven = next(part for part in proof.figures.classes if part.name == "c7")
    assert seven.loss == pytest.approx(0.2) and seven.surely is not None and 0 < seven.surely < 0.2
    assert seven.value == pytest.approx(0.8) and seven.units == 100
    night = next(part for part in proof.figures.slices if part.name == "night")
    assert night.samples == 200 and night.value == pytest.approx(0.9)


def test_a_decision_follows_again_from_the_stored_proof(tmp_path: Path) -> None:
    readings = [
        reading(tmp_path, "challenger", wrong=10),
        reading(tmp_path, "champion", wrong=60),
        reading(tmp_path, "majority", wrong=100),
    ]
    proof = prove(readings, manifest(groups=[f"g{i // 2}" for i in range(200)]), metric="balanced_accuracy")

    again = load(Proof, dump(proof))

    assert again == proof
    assert decide(again, GatePolicy()) == decide(proof, GatePolicy())


def test_a_proof_that_was_stored_before_there_were_figures_is_still_read() -> None:
    old = (
        '{"metric":"accuracy","samples":360,"opening":1,"alpha":0.03,"values":{"challenger":0.97},'
        '"intervals":{"challenger":{"low":0.95,"high":0.99}},"gains":[{"over":"majority","mean":0.8,'
        '"interval":{"low":0.7,"high":0.9}}],"champion_version":null,"reading":1,"calibration":0.01,'
        '"uncalibrated":0.02}'
    )

    proof = load(Proof, old)

    assert proof.groups is None and proof.figures.classes == ()
    assert decide(proof, GatePolicy()).outcome is Outcome.PROMOTE
