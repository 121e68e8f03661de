"""A worker that only computes numbers: what is left of a job when nothing is trained."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.manifest import freeze, read_manifest, write_manifest
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import DataReport, Leaks, Modality, Sample, Split, Verdict
from automl_tl.domain.trial import Report
from automl_tl.domain.work import (
    Appraise,
    Appraised,
    Contender,
    Describe,
    Described,
    Evaluate,
    Prove,
    Proven,
    Reading,
    Result,
    Score,
    Scored,
    Work,
)
from automl_tl.model.digest import digest
from automl_tl.settings import Settings

SPACE = """
[space]
name = "numbers"
max_epochs = 9
[[candidate]]
source = "embedded:alpha"
[[candidate]]
source = "embedded:beta"
"""
_CLASSES = ("no", "yes")
_SAMPLES = 400
_FILE = "checkpoint.json"


class NumbersWorker:
    """Answers every work by a formula; the same work always gets the same answer."""

    def perform(self, work: Work) -> Result:
        """Describe, score, evaluate or prove nothing but numbers."""
        if isinstance(work, Describe):
            return _describe(work)
        if isinstance(work, Score):
            return Scored(facts=_facts(work.candidate.id))
        if isinstance(work, Appraise):
            return _appraise(work)
        if isinstance(work, Evaluate):
            return _evaluate(work)
        return _prove(work)


def build(settings: Settings) -> NumbersWorker:
    """What an executor calls inside each worker process."""
    return NumbersWorker()


def _describe(work: Describe) -> Described:
    splits = tuple(Split)
    samples = tuple(
        Sample(
            path=f"{i}.none",
            size=0,
            sha256=hashlib.sha256(str(i).encode()).hexdigest(),
            label=_CLASSES[i % 2],
            split=splits[i // 2 % len(splits)],
        )
        for i in range(_SAMPLES)
    )
    manifest = freeze(samples, modality=Modality.IMAGE, dataset_name=work.dataset_name, root=work.source.path)
    path = write_manifest(manifest, folder=Path(work.into) / "manifests")
    counts = {str(split): len(manifest.indices(split)) for split in splits}
    report = DataReport(
        modality=Modality.IMAGE,
        samples=_SAMPLES,
        unreadable=0,
        leaks=Leaks(),
        label_conflicts=0,
        verdict=Verdict.OK,
        classes=dict.fromkeys(_CLASSES, _SAMPLES // 2),
        splits=counts,
    )
    return Described(report=report, manifest=str(path), fingerprint=manifest.fingerprint)


def _facts(candidate: str) -> CandidateFacts:
    return CandidateFacts(
        candidate=candidate,
        stages=("one", "two", "three", "four"),
        parameters=1000,
        multiply_adds=4000,
        stage_multiply_adds=(1000, 1000, 1000, 1000),
        features=8,
        image_size=32,
        learning_rate=1e-3,
        freeze_depth=2,
        weights_sha256=hashlib.sha256(candidate.encode()).hexdigest(),
        size_bytes=4000,
        latency_seconds=0.001,
    )


def _appraise(work: Appraise) -> Appraised:
    logme = 0.5 if work.candidate.id == "beta" else 1.0
    return Appraised(scores={"logme": logme}, seconds=0.001, samples=_SAMPLES // 4, forward_passes=0)


def _evaluate(work: Evaluate) -> Report:
    configuration = work.configuration
    distance = abs(math.log10(configuration.learning_rate / 2e-3)) + 0.1 * abs(configuration.freeze_depth - 1)
    ceiling = 0.95 - 0.1 * distance - (0.02 if configuration.candidate == "beta" else 0.0)
    value = max(0.5, ceiling) * (1 - 0.3 ** (1 + work.until_epoch / 3))
    into = Path(work.into)
    into.mkdir(parents=True, exist_ok=True)
    (into / _FILE).write_text(json.dumps({"value": value}))
    return Report(
        epoch=work.until_epoch,
        value=value,
        loss=1 - value,
        checkpoint=str(into),
        seconds=0.001,
        multiply_adds=4000 * work.until_epoch,
    )


def _prove(work: Prove) -> Proven:
    manifest = read_manifest(Path(work.manifest))
    indices = manifest.indices(work.split)
    targets = np.array([manifest.classes.index(manifest.samples[i].label) for i in indices], dtype=np.int64)
    into = Path(work.into)
    into.mkdir(parents=True, exist_ok=True)
    return Proven(readings=tuple(_read(contender, targets, into=into) for contender in work.contenders))


def _read(contender: Contender, targets: NDArray[np.int64], *, into: Path) -> Reading:
    name, artifact = contender.name, contender.artifact
    try:
        skill = _skill(contender)
    except (OSError, ValueError) as error:
        return Reading(name=name, value=0.0, predictions="", flaw=f"cannot be read: {error}")
    right = np.random.default_rng(len(targets)).random(len(targets)) < skill
    chosen = np.where(right, targets, 1 - targets)
    probabilities = np.where(np.eye(2, dtype=bool)[chosen], 0.9, 0.1).astype(np.float32)
    path = into / f"{name}.npz"
    np.savez(path, targets=targets, probabilities=probabilities)
    return Reading(
        name=name,
        value=float(right.mean()),
        predictions=str(path),
        artifact=artifact,
        digest=None if artifact is None else digest(Path(artifact)),
    )


def _skill(contender: Contender) -> float:
    """A baseline's is known; a network's stands in its checkpoint, which is packed, or in its artifact."""
    if contender.artifact is None:
        return {"majority": 0.5, "cheap": 0.6}[contender.name]
    packed = Path(contender.artifact) / _FILE
    if contender.checkpoint is not None:
        content = (Path(contender.checkpoint) / _FILE).read_text()
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_text(content)
    return float(json.loads(packed.read_text())["value"])
