"""A trial: one configuration, what became of it, what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class TrialState(StrEnum):
    """Where a trial stands; the legal moves are in ``MOVES``."""

    PROPOSED = "proposed"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDED = frozenset[TrialState]()
MOVES: dict[TrialState, frozenset[TrialState]] = {
    TrialState.PROPOSED: frozenset({TrialState.RUNNING, TrialState.CANCELLED}),
    TrialState.RUNNING: frozenset(
        {TrialState.WAITING, TrialState.COMPLETE, TrialState.FAILED, TrialState.CANCELLED, TrialState.PRUNED}
    ),
    TrialState.WAITING: frozenset(
        {TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED, TrialState.CANCELLED}
    ),
    TrialState.COMPLETE: _ENDED,
    TrialState.PRUNED: _ENDED,
    TrialState.FAILED: _ENDED,
    TrialState.CANCELLED: _ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One point of the search space, in absolute figures.

    ``learning_rate`` is AdamW's for the backbone, ``head_learning_rate`` its for the head.
    ``pretrained`` False: the same architecture from random weights (the scratch baseline). ``batch_size``
    None: by the number of training samples.
    """

    candidate: str
    freeze_depth: int
    learning_rate: float
    head_learning_rate: float
    weight_decay: float
    augmentation: float
    pretrained: bool = True
    batch_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlay:
    """What one evaluation's seconds went into, and what they bought.

    ``way`` says how it was trained (whole, through-prefix, from-boundary); ``samples`` were trained on in
    each of ``epochs`` epochs. ``frozen_passes``: samples whose activations were computed to be kept, in
    forward passes of the whole backbone; ``spared_passes``: those that reading kept activations stood for.
    ``hits`` and ``misses`` are samples whose activations were there already, or not. Seconds: ``opening`` of
    weights and pictures, ``keeping`` of activations that were computed or found, ``head`` until it was
    solved, ``training``, ``reading`` of validation.
    """

    way: str
    epochs: int
    samples: int
    frozen_passes: float
    opening_seconds: float
    keeping_seconds: float
    head_seconds: float
    training_seconds: float
    reading_seconds: float
    spared_passes: float = 0.0
    hits: int = 0
    misses: int = 0
    evicted_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an evaluation found at the end of ``epoch`` (counted from the trial's start).

    ``value``, ``train_value``: the job's metric on validation and on training. ``seconds`` and
    ``multiply_adds`` are this evaluation's alone, and so is ``outlay`` (None: from before it was kept);
    ``checkpoint`` is a folder, relative to the job's. ``notes`` says how it was trained: what was kept and
    varied, and what was unusual: ``micro-batch 8``.
    """

    epoch: int
    value: float
    loss: float
    checkpoint: str
    seconds: float
    multiply_adds: int
    train_value: float | None = None
    steps: int = 0
    notes: str = ""
    outlay: Outlay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One configuration and its history; ``until_epoch`` is the rung it runs to, or ran to last."""

    number: int
    seed: int
    configuration: Configuration
    state: TrialState = TrialState.PROPOSED
    until_epoch: int = 0
    reports: tuple[Report, ...] = ()
    failure: str | None = None
    attempts: int = 0
    origin: str = "sampler"

    @property
    def report(self) -> Report | None:
        """The latest report, or None before the first."""
        return self.reports[-1] if self.reports else None

    @property
    def epoch(self) -> int:
        """Epochs trained and reported so far."""
        return self.reports[-1].epoch if self.reports else 0


def report_in(values: Mapping[str, Any]) -> Report:
    """The report that was written as these JSON values; raises TypeError for other keys."""
    outlay = values.get("outlay")
    return Report(**{**values, "outlay": None if outlay is None else Outlay(**outlay)})
