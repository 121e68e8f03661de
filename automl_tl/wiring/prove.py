"""The work ``Prove``: one split read once for all contenders together."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.work import Contender, Prove, Proven, Reading
from automl_tl.errors import TrialFailed
from automl_tl.model.artifact import load
from automl_tl.model.digest import digest
from automl_tl.model.latency import latency_of
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ModelProblem
from automl_tl.proof.calibration import calibration_error
from automl_tl.proof.metrics import measure
from automl_tl.proof.soundness import mended
from automl_tl.steps import step
from automl_tl.training.fitting import fitted
from automl_tl.training.pack import pack
from automl_tl.training.reading import SplitReading, read_split, trained_predictor
from automl_tl.training.temperature import fit_temperature
from automl_tl.wiring.baselines import read_cheap, read_majority, targets_of
from automl_tl.zoo.base import Zoo

Probabilities = NDArray[np.float32]
_ELSEWHERE = 2000  # samples of another split that are read at most
_TIMED_CALLS = 5


class Prover:
    """Reads splits; its parts come from training (networks) and from proof (baselines)."""

    def __init__(self, *, zoo: Zoo, cache: Path, threads: int) -> None:
        self._zoo = zoo
        self._cache = cache
        self._threads = threads

    def prove(self, work: Prove) -> Proven:
        """One reading for each contender; raises DatasetChanged, DiskFull.

        A network that cannot be read gets a reading that says so: whoever asked decides what follows.
        """
        manifest = read_manifest(Path(work.manifest))
        Path(work.into).mkdir(parents=True, exist_ok=True)
        return Proven(readings=tuple(self._read(work, manifest, contender) for contender in work.contenders))

    def _read(self, work: Prove, manifest: Manifest, contender: Contender) -> Reading:
        step()
        if contender.artifact is None:
            return self._read_baseline(work, manifest, contender)
        try:
            if contender.checkpoint is not None:
                self._pack(work, manifest, contender)
            return self._read_artifact(work, manifest, contender)
        except (ModelProblem, TrialFailed, _Unreadable) as problem:
            flaw = f"cannot be read: {problem}"
            return Reading(name=contender.name, value=0.0, predictions="", flaw=flaw)

    def _pack(self, work: Prove, manifest: Manifest, contender: Contender) -> None:
        """Make an artifact of a checkpoint, with the temperature that retest asks for."""
        assert contender.candidate is not None and contender.configuration is not None
        assert contender.checkpoint is not None and contender.artifact is not None
        predictor = trained_predictor(
            Path(contender.checkpoint),
            candidate=fitted(contender.candidate, zoo=self._zoo, manifest=Path(work.manifest)),
            configuration=contender.configuration,
            classes=manifest.classes,
            zoo=self._zoo,
        )
        held_out = self._read_split(predictor, manifest, Split.RETEST)
        is_number = np.isfinite(held_out.logits).all(axis=1)
        facts = {"configuration": asdict(contender.configuration), "manifest": manifest.fingerprint}
        pack(
            predictor,
            Path(contender.artifact),
            temperature=fit_temperature(held_out.logits[is_number], held_out.targets[is_number]),
            manifest=manifest,
            facts=facts,
        )

    def _read_artifact(self, work: Prove, manifest: Manifest, contender: Contender) -> Reading:
        assert contender.artifact is not None
        folder = Path(contender.artifact)
        predictor = _loaded(folder)
        begun = time.perf_counter()
        found = self._read_split(predictor, manifest, work.split)
        seconds = (time.perf_counter() - begun) / max(1, len(found.targets))
        probabilities, plain = (
            _probabilities(predictor, found, classes=manifest.classes, temperature=temperature)
            for temperature in (predictor.spec.temperature, 1.0)
        )
        return _kept(
            work,
            contender,
            targets=found.targets,
            probabilities=probabilities,
            calibration=calibration_error(found.targets, mended(found.targets, probabilities)[0]),
            uncalibrated=calibration_error(found.targets, mended(found.targets, plain)[0]),
            artifact=contender.artifact,
            digest=digest(folder),
            temperature=predictor.spec.temperature,
            seconds=seconds,
            latency_seconds=latency_of(predictor, calls=_TIMED_CALLS),
            device=str(predictor.device),
            size_bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
            classes=predictor.spec.classes,
            elsewhere={
                str(split): self._value(predictor, manifest, split, metric=work.metric)
                for split in contender.elsewhere
            },
        )

    def _value(self, predictor: Predictor, manifest: Manifest, split: Split, *, metric: str) -> float:
        found = self._read_split(predictor, manifest, split, most=_ELSEWHERE)
        temperature = predictor.spec.temperature
        given = _probabilities(predictor, found, classes=manifest.classes, temperature=temperature)
        return measure(metric)(found.targets, mended(found.targets, given)[0])

    def _read_baseline(self, work: Prove, manifest: Manifest, contender: Contender) -> Reading:
        is_majority = contender.name == "majority"
        found = (
            read_majority(work, manifest) if is_majority else read_cheap(work, manifest, cache=self._cache)
        )
        return _kept(
            work,
            contender,
            targets=targets_of(manifest, work.split),
            probabilities=found.probabilities.astype(np.float32),
            detail=found.detail,
        )

    def _read_split(
        self, predictor: Predictor, manifest: Manifest, split: Split, *, most: int | None = None
    ) -> SplitReading:
        try:
            return read_split(
                predictor, manifest, split=split, cache=self._cache, threads=self._threads, most=most
            )
        except RuntimeError as error:  # torch, when a network does not take such samples
            raise _Unreadable(f"it does not run: {error}") from error


class _Unreadable(Exception):
    """A model that is there, but cannot be loaded or run."""


def _loaded(folder: Path) -> Predictor:
    try:
        return load(folder)
    except OSError as error:
        raise _Unreadable(f"{folder} cannot be opened: {error.strerror}") from error
    except RuntimeError as error:
        raise _Unreadable(f"{folder} cannot be built: {error}") from error


def _probabilities(
    predictor: Predictor, found: SplitReading, *, classes: tuple[str, ...], temperature: float
) -> Probabilities:
    """[N, C] in the manifest's order of classes; one that the model never learnt has probability 0."""
    scaled = found.probabilities(temperature=temperature)
    aligned = np.zeros((len(scaled), len(classes)), np.float32)
    for place, label in enumerate(predictor.spec.classes):
        if label in classes:
            aligned[:, classes.index(label)] = scaled[:, place]
    return aligned


def _kept(
    work: Prove,
    contender: Contender,
    *,
    targets: NDArray[np.int64],
    probabilities: Probabilities,
    **found: object,
) -> Reading:
    path = Path(work.into) / f"{contender.name}.npz"
    probabilities, flaw = mended(targets, probabilities)
    np.savez(path, targets=targets, probabilities=probabilities)
    value = measure(work.metric)(targets, probabilities)
    known: dict[str, Any] = {"value": value, "predictions": str(path), "flaw": flaw, **found}
    return Reading(name=contender.name, **known)
