"""The work ``Prove``: one split read once for all contenders together."""

import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.manifest import read_manifest
from automl_tl.data.pictures import prepare
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.work import Contender, Prove, Proven, Reading
from automl_tl.errors import OperatorError
from automl_tl.model.artifact import digest, load
from automl_tl.model.predictor import Predictor
from automl_tl.model.problem import ModelProblem
from automl_tl.model.spec import ImagePreprocessing
from automl_tl.proof.baselines import SIDE, Baseline, Labelled, cheap, majority
from automl_tl.proof.calibration import calibration_error
from automl_tl.proof.metrics import measure
from automl_tl.training.pack import pack
from automl_tl.training.reading import SplitReading, read_split, trained_predictor
from automl_tl.training.temperature import fit_temperature
from automl_tl.zoo.base import Zoo

Probabilities = NDArray[np.float32]


class Prover:
    """Reads splits; its parts come from training (networks) and from proof (baselines)."""

    def __init__(self, *, zoo: Zoo, cache: Path, threads: int) -> None:
        self._zoo = zoo
        self._cache = cache
        self._threads = threads

    def prove(self, work: Prove) -> Proven:
        """One reading for each contender; raises DatasetChanged, DiskFull, OperatorError (damage)."""
        manifest = read_manifest(Path(work.manifest))
        Path(work.into).mkdir(parents=True, exist_ok=True)
        return Proven(readings=tuple(self._read(work, manifest, contender) for contender in work.contenders))

    def _read(self, work: Prove, manifest: Manifest, contender: Contender) -> Reading:
        if contender.checkpoint is not None:
            return self._read_trial(work, manifest, contender)
        if contender.artifact is not None:
            return self._read_artifact(work, manifest, contender)
        return self._read_baseline(work, manifest, contender)

    def _read_trial(self, work: Prove, manifest: Manifest, contender: Contender) -> Reading:
        """Pack a checkpoint, with the temperature that retest asks for, then read what was packed."""
        assert contender.candidate is not None and contender.configuration is not None
        assert contender.checkpoint is not None and contender.artifact is not None
        predictor = trained_predictor(
            Path(contender.checkpoint),
            candidate=contender.candidate,
            configuration=contender.configuration,
            classes=manifest.classes,
            zoo=self._zoo,
        )
        held_out = self._read_split(predictor, manifest, Split.RETEST)
        facts = {"configuration": asdict(contender.configuration), "manifest": manifest.fingerprint}
        pack(
            predictor,
            Path(contender.artifact),
            temperature=fit_temperature(held_out.logits, held_out.targets),
            manifest=manifest,
            facts=facts,
        )
        return self._read_artifact(work, manifest, contender)

    def _read_artifact(self, work: Prove, manifest: Manifest, contender: Contender) -> Reading:
        assert contender.artifact is not None
        folder = Path(contender.artifact)
        try:
            predictor = load(folder)
        except ModelProblem as problem:
            raise OperatorError(f"{contender.name} cannot be read: {problem}") from problem
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
            calibration=calibration_error(found.targets, probabilities),
            uncalibrated=calibration_error(found.targets, plain),
            artifact=contender.artifact,
            digest=digest(folder),
            temperature=predictor.spec.temperature,
            seconds=seconds,
            size_bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        )

    def _read_baseline(self, work: Prove, manifest: Manifest, contender: Contender) -> Reading:
        train = self._labelled(manifest, Split.TRAIN)
        asked = self._labelled(manifest, work.split)
        classes = len(manifest.classes)
        if contender.name == "majority":
            found = majority(train.targets, classes=classes, samples=len(asked.targets))
        else:
            found = self._cheap(work, manifest, train=train, asked=asked)
        return _kept(
            work,
            contender,
            targets=asked.targets,
            probabilities=found.probabilities.astype(np.float32),
            detail=found.detail,
        )

    def _cheap(self, work: Prove, manifest: Manifest, *, train: Labelled, asked: Labelled) -> Baseline:
        return cheap(
            train,
            self._labelled(manifest, Split.VALIDATION),
            asked.pictures,
            classes=len(manifest.classes),
            metric=work.metric,
            seed=work.seed,
        )

    def _read_split(self, predictor: Predictor, manifest: Manifest, split: Split) -> SplitReading:
        return read_split(predictor, manifest, split=split, cache=self._cache, threads=self._threads)

    def _labelled(self, manifest: Manifest, split: Split) -> Labelled:
        """One split's pictures as the baselines see them: small, in colour, as they come."""
        look = ImagePreprocessing(size=2 * SIDE, mean=(0.0,) * 3, std=(1.0,) * 3, crop_mode="squash")
        pictures = prepare(manifest, preprocessing=look, cache=self._cache, splits=frozenset({split}))
        indices = np.array(manifest.indices(split), np.int64)
        targets = pictures.targets.numpy()[indices]
        return Labelled(pictures=pictures.batch(indices).numpy(), targets=targets)


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
    np.savez(path, targets=targets, probabilities=probabilities)
    value = measure(work.metric)(targets, probabilities)
    return Reading(name=contender.name, value=value, predictions=str(path), **found)  # type: ignore[arg-type]
