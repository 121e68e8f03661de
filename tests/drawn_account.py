"""A decided job to make cards of: rows by hand, predictions and pictures on disk."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from automl_tl.card.account import Account
from automl_tl.card.values import Loading
from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.dataset import (
    DataReport,
    DatasetSource,
    Leaks,
    Manifest,
    Modality,
    Sample,
    Split,
    Verdict,
)
from automl_tl.domain.gate import Decision, Gain, Interval, Outcome, Proof
from automl_tl.domain.job import Job, JobRequest, JobState
from automl_tl.domain.promotion import Decided
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.domain.work import Reading

HOSTILE = ("cat|dog", "<script>alert(1)</script>", "`code` *bold* [x](http://e.vil)")
CONFIGURATION = Configuration(
    candidate="plain",
    freeze_depth=2,
    learning_rate=1e-3,
    head_learning_rate=1e-2,
    weight_decay=0.01,
    augmentation=0.2,
)


def account(
    folder: Path,
    *,
    classes: tuple[str, ...] = ("cat", "dog", "owl"),
    each: int = 4,
    wrong: Mapping[int, int] | None = None,
    temperature: float = 1.0,
    outcome: Outcome = Outcome.PROMOTE,
) -> Account:
    """``each`` samples of every class in retest and in test.

    ``wrong`` says by its position within a split which class index a sample was called, surely (0.9); all
    others are called right with 0.8.
    """
    manifest = _manifest(folder, classes, each=each)
    readings = {
        split: _reading(folder, manifest, split, wrong=wrong or {}, temperature=temperature)
        for split in (Split.RETEST, Split.TEST)
    }
    value = readings[Split.TEST].value
    return Account(
        job=Job(id="j-1", tenant="default", request=_request(folder), state=JobState.RUNNING),
        decided=_decided(value, samples=each * len(classes), outcome=outcome, temperature=temperature),
        trials=_trials(),
        facts={"plain": _facts()},
        candidates=(
            Candidate(id="plain", source="embedded:plain", pretraining_data="drawn pictures"),
            Candidate(id="huge", source="timm:huge", parameters=9_000_000),
        ),
        left_out={"huge": "9000000 parameters, but at most 1000000 are allowed"},
        seconds=71.2,
        phases={"check": 1.0, "score": 2.0, "search": 50.0, "prove": 18.0},
        curve=((5.0, 0.7), (30.0, 0.98)),
        data=_report(manifest),
        manifest=manifest,
        retest={"0": replace(readings[Split.RETEST], name="0", value=0.979)},
        test={
            "challenger": readings[Split.TEST],
            "majority": Reading(name="majority", value=0.1, predictions="", detail="always the same"),
        },
        loading=Loading(
            python='mlflow.pyfunc.load_model("models:/digits@champion")',
            client='Client().predict("digits", ["new.jpg"])',
            shell="automl-tl predict digits new.jpg",
            http="curl http://127.0.0.1:8787/api/v1/models/digits/predict",
        ),
    )


def _request(folder: Path) -> JobRequest:
    return JobRequest(name="digits", dataset=DatasetSource(path=str(folder)), space="")


def _manifest(folder: Path, classes: tuple[str, ...], *, each: int) -> Manifest:
    samples = []
    for split in (Split.RETEST, Split.TEST):
        for target, label in enumerate(classes):
            for number in range(each):
                path = f"{split}/{target:03}-{number}.png"
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                shade = (80 * target + number) % 256
                Image.new("RGB", (8, 8), (shade, number, 0)).save(file)
                sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
                samples.append(Sample(path=path, size=9, sha256=sha256, label=label, split=split))
    return Manifest(
        fingerprint="f" * 64,
        dataset_name="digits",
        modality=Modality.IMAGE,
        root=str(folder),
        classes=classes,
        samples=tuple(samples),
    )


def _reading(
    folder: Path, manifest: Manifest, split: Split, *, wrong: Mapping[int, int], temperature: float
) -> Reading:
    labels = [manifest.samples[i].label for i in manifest.indices(split)]
    targets = np.array([manifest.classes.index(label) for label in labels], np.int64)
    classes = len(manifest.classes)
    probabilities = np.full((len(targets), classes), 0.2 / (classes - 1), np.float32)
    probabilities[np.arange(len(targets)), targets] = 0.8
    for position, called in wrong.items():
        probabilities[position] = 0.1 / (classes - 1)
        probabilities[position, called] = 0.9
    path = folder / f"{split}.npz"
    np.savez(path, targets=targets, probabilities=probabilities)
    return Reading(
        name="challenger",
        value=1 - len(wrong) / len(targets),
        predictions=str(path),
        temperature=temperature,
        seconds=0.002,
        size_bytes=1_500_000,
    )


def _decided(value: float, *, samples: int, outcome: Outcome, temperature: float) -> Decided:
    proof = Proof(
        metric="accuracy",
        samples=samples,
        opening=1,
        alpha=0.05,
        values={"challenger": value, "majority": 0.1},
        intervals={"challenger": Interval(low=value - 0.02, high=min(1.0, value + 0.01))},
        gains=(Gain(over="majority", mean=value - 0.1, interval=Interval(low=0.55, high=0.9)),),
    )
    return Decided(
        id="d-1",
        tenant="default",
        name="digits",
        job="j-1",
        decision=Decision(outcome=outcome, reason="accuracy 0.986; there was no champion"),
        proof=proof,
        artifact="artifacts/0",
        digest="ab",
        lineage={"trial": 0, "validation": 0.98, "retest": 0.979, "temperature": temperature},
        version=1,
        time=1_700_000_000.0,
    )


def _trials() -> tuple[Trial, ...]:
    report = Report(epoch=9, value=0.98, loss=0.1, checkpoint="checkpoints/0-9", seconds=3.0, multiply_adds=5)
    done = Trial(
        number=0,
        seed=1,
        configuration=CONFIGURATION,
        state=TrialState.COMPLETE,
        reports=(report,),
        origin="default",
    )
    failed = Trial(
        number=1, seed=2, configuration=CONFIGURATION, state=TrialState.FAILED, failure="the loss was nan"
    )
    return done, failed


def _facts() -> CandidateFacts:
    return CandidateFacts(
        candidate="plain",
        stages=("a", "b", "c", "d"),
        parameters=250_000,
        multiply_adds=4_000_000,
        stage_multiply_adds=(1_000_000,) * 4,
        features=64,
        image_size=32,
        learning_rate=1e-3,
        freeze_depth=2,
        weights_sha256="ab",
        size_bytes=1_000_000,
        licence="apache-2.0",
        latency_seconds=0.0012,
    )


def _report(manifest: Manifest) -> DataReport:
    counts = dict.fromkeys(manifest.classes, 0)
    for sample in manifest.samples:
        counts[sample.label] += 1
    return DataReport(
        modality=Modality.IMAGE,
        samples=len(manifest.samples),
        unreadable=0,
        leaks=Leaks(),
        label_conflicts=0,
        verdict=Verdict.OK,
        classes=counts,
        splits={split: len(manifest.indices(Split(split))) for split in ("retest", "test")},
    )
