"""One evaluation: train a trial from a checkpoint up to a rung, and measure it on validation."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from automl_tl import heap
from automl_tl.cache.activations import ActivationCache, Traffic
from automl_tl.cache.form import Floats
from automl_tl.domain.dataset import Split
from automl_tl.domain.trial import Outlay, Report
from automl_tl.domain.work import Evaluate
from automl_tl.errors import OutOfTime
from automl_tl.training import checkpoint, way
from automl_tl.training.allocation import give_back_memory
from automl_tl.training.arithmetic import settle
from automl_tl.training.checkpoint import Checkpoint
from automl_tl.training.dataset import open_dataset
from automl_tl.training.fitting import fitted
from automl_tl.training.loop import Predictions, read
from automl_tl.training.memory import memory_errors
from automl_tl.training.opening import open_candidate
from automl_tl.training.pace import DeadlinePassed, Pace
from automl_tl.training.plan import Room
from automl_tl.training.preparation import Ground, Prepared, prepare
from automl_tl.training.run import Run
from automl_tl.training.speeds import Speeds
from automl_tl.training.way import Way
from automl_tl.zoo.base import Zoo

_log = logging.getLogger(__name__)

clock = time.monotonic
Measure = Callable[[np.ndarray, np.ndarray], float]


def evaluate(
    work: Evaluate,
    *,
    zoo: Zoo,
    cache: Path,
    measure: Measure,
    threads: int,
    activation_bytes: int,
    activation_floats: Floats = np.float32,
    activation_views: int = 0,
) -> Report:
    """Train ``until_epoch`` in total, write the checkpoint into ``work.into``, and report.

    ``cache`` is the home's cache folder, in which activations take ``activation_bytes`` at most (0: none are
    kept), as ``activation_floats``, those of each picture and of ``activation_views`` versions of it;
    ``measure`` gives the job's metric from targets int64 [N] and probabilities float32 [N, K]. The same work
    asked again after it was finished gives its report at once. The report's ``checkpoint`` is ``work.into``.
    Raises Stopped, Diverged, OutOfMemory, CandidateFailed, and OutOfTime when the deadline passed before one
    whole epoch was done.
    """
    finished = checkpoint.reported(Path(work.into), identity(work))
    if finished is not None:
        return finished
    settle(threads=threads)
    heap.keep_freed()
    pace = Pace(progress=work.progress, deadline_seconds=work.deadline_seconds, clock=clock)
    activations = ActivationCache(cache / "activations", limit_bytes=activation_bytes)
    room = Room(
        cache=activations,
        limit_bytes=activation_bytes,
        speeds=Speeds(cache / "speeds"),
        floats=activation_floats,
        views=activation_views,
    )
    try:
        with memory_errors():
            candidate = fitted(work.candidate, zoo=zoo, manifest=Path(work.manifest))
            opened = open_candidate(candidate, configuration=work.configuration, zoo=zoo, seed=work.seed)
            dataset = open_dataset(
                Path(work.manifest),
                preparer=opened.preparer,
                cache=cache,
                splits=(Split.TRAIN, Split.VALIDATION),
                alive=pace.alive,
            )
            opening_seconds = pace.seconds
            ground = Ground(opened=opened, dataset=dataset, room=room, alive=pace.alive)
            prepared = prepare(work, ground)
            return _evaluated(
                work,
                prepared=prepared,
                pace=pace,
                measure=measure,
                outlay=_outlay(ground, prepared, opening_seconds=opening_seconds),
            )
    except DeadlinePassed:
        raise OutOfTime(
            f"the deadline of {work.deadline_seconds:.0f} s passed before one whole epoch was trained"
        ) from None
    finally:
        pace.close()
        give_back_memory()


def identity(work: Evaluate) -> dict[str, Any]:
    """What makes two evaluations the same one, as JSON values: all but where and how long they run."""
    values = asdict(work)
    for key in ("into", "progress", "deadline_seconds"):
        del values[key]
    found: dict[str, Any] = json.loads(json.dumps(values))  # tuples become the lists that they are read as
    return found


def _evaluated(work: Evaluate, *, prepared: Prepared, pace: Pace, measure: Measure, outlay: Outlay) -> Report:
    before = checkpoint.load(Path(work.checkpoint)) if work.checkpoint else None
    run = Run(work, prepared=prepared, pace=pace)
    first = 0 if before is None else before.report.epoch
    if before is not None:
        run.restore(before)
    begun = pace.seconds
    trained = run.train(first=first)
    trained_after = pace.seconds
    epoch = run.epoch
    state = run.finish()
    logits = read(run.trainee, inputs=prepared.validation, tick=lambda _: pace.show())
    targets = prepared.validation.targets
    value = measure(targets.numpy(), torch.softmax(logits, dim=1).numpy())
    report = Report(
        epoch=epoch,
        value=value,
        loss=float(F.cross_entropy(logits, targets)),
        checkpoint=work.into,
        seconds=pace.seconds,
        multiply_adds=_cost(work, prepared=prepared, epochs=epoch - first, is_first=before is None),
        train_value=_measured(trained, measure),
        steps=pace.done,
        notes="; ".join(filter(None, (prepared.plan.told, run.notes))),
        outlay=replace(
            outlay,
            epochs=epoch - first,
            spared_passes=_spared(prepared, epochs=epoch - first),
            training_seconds=trained_after - begun,
            reading_seconds=pace.seconds - trained_after,
        ),
    )
    best = value if before is None else max(value, before.best)
    found = Checkpoint(
        work=identity(work), report=report, best=best, network=state.network, training=state.training
    )
    checkpoint.save(found, Path(work.into))
    _log.info(
        "evaluation finished: trial=%d epoch=%d value=%.4f seconds=%.2f notes=%r",
        work.trial,
        epoch,
        value,
        pace.seconds,
        report.notes,
    )
    return report


def _outlay(ground: Ground, prepared: Prepared, *, opening_seconds: float) -> Outlay:
    """What was spent before training; a boundary kept elsewhere than at its depth is passed through."""
    way, plan = prepared.plan.way, prepared.plan
    is_through = way is Way.FROM_BOUNDARY and plan.kept != prepared.depth
    traffic = ground.room.cache.traffic if ground.room.cache else Traffic()
    return Outlay(
        way=str(Way.THROUGH_PREFIX if is_through else way),
        epochs=0,
        samples=len(prepared.train.targets),
        frozen_passes=ground.tally.frozen_passes,
        opening_seconds=opening_seconds,
        keeping_seconds=ground.tally.keeping_seconds,
        head_seconds=ground.tally.head_seconds,
        training_seconds=0.0,
        reading_seconds=0.0,
        hits=traffic.hits,
        misses=traffic.misses,
        evicted_bytes=traffic.evicted_bytes,
    )


def _spared(prepared: Prepared, *, epochs: int) -> float:
    """Passes of the whole backbone that reading a kept boundary stood for, in training and validation."""
    kept = prepared.plan.kept
    if prepared.plan.way is not Way.FROM_BOUNDARY or kept is None:
        return 0.0
    samples = epochs * len(prepared.train.targets) + len(prepared.validation.targets)
    return samples * prepared.opened.facts.frozen_share(kept)


def _measured(predictions: Predictions | None, measure: Measure) -> float | None:
    return None if predictions is None else measure(predictions.targets, predictions.probabilities)


def _cost(work: Evaluate, *, prepared: Prepared, epochs: int, is_first: bool) -> int:
    return way.multiply_adds(
        way=prepared.plan.way,
        facts=prepared.opened.facts,
        depth=prepared.depth,
        samples=len(prepared.train.targets),
        epochs=epochs,
        fills=prepared.plan.versions if is_first else 0,
    )
