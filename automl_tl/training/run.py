"""A trial in memory: trained epoch by epoch until its rung or its deadline."""

import time
from dataclasses import dataclass

from automl_tl.domain.work import Evaluate
from automl_tl.errors import TrialFailed
from automl_tl.training import batches, checkpoint, optimizer
from automl_tl.training.average import Average
from automl_tl.training.checkpoint import Checkpoint, Tensors
from automl_tl.training.head_epoch import is_head_alone, train_head_epoch
from automl_tl.training.loop import Predictions, Recipe, train_epoch
from automl_tl.training.micro_batch import found_for
from automl_tl.training.pace import DeadlinePassed, Pace
from automl_tl.training.preparation import Prepared

READING_SHARE = 1 / 3  # a forward pass without the backward one
_LIVE = "live/"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Copies of all that moves, as a checkpoint keeps it."""

    network: Tensors
    training: Tensors


class Run:
    """One evaluation's training; ``epoch`` counts the trial's whole epochs so far."""

    def __init__(self, work: Evaluate, *, prepared: Prepared, pace: Pace) -> None:
        self.trainee = prepared.trainee
        self.epoch = 0
        self._work = work
        self._prepared = prepared
        self._pace = pace
        self._seconds = 0.0
        self._optimizer = optimizer.build(
            backbone=self.trainee.backbone, head=self.trainee.head, configuration=work.configuration
        )
        self._live = self.trainee.moving_state(prepared.opened.frozen(prepared.depth))
        self._average = Average(self._live)
        samples, is_probe = len(prepared.train.targets), prepared.depth == len(prepared.opened.stages)
        self._recipe = Recipe(
            seed=work.seed,
            batch_size=work.configuration.batch_size or batches.batch_size(samples, is_probe=is_probe),
            cycles=work.cycles,
            augmentation=work.configuration.augmentation,
            micro_batch=found_for(work.candidate, depth=prepared.depth),
        )

    def train(self, *, first: int) -> Predictions | None:
        """Train from epoch ``first`` on; what was predicted on the way in the last whole epoch.

        Raises DeadlinePassed when not one whole epoch could be trained.
        """
        self.epoch = first
        self._pace.total = self._steps * (self._work.until_epoch - first)
        found: Predictions | None = None
        for epoch in range(first, self._work.until_epoch):
            kept = self._state() if self._pace.has_deadline and epoch > first else None
            try:
                found = self._epoch(epoch)
            except DeadlinePassed:
                if kept is None:
                    raise
                self._put(kept)
                break
            self.epoch = epoch + 1
            if not self._can_go_on():
                break
        return found

    def restore(self, before: Checkpoint) -> None:
        """Go on from a checkpoint; raises TrialFailed when it does not fit."""
        self._put(State(network=before.network, training=before.training))

    def finish(self) -> State:
        """End the training: the trainee takes on the averaged weights; what a checkpoint keeps."""
        state = self._state()
        self.trainee.load_state_dict(state.network, strict=False)
        return state

    @property
    def notes(self) -> str:
        """What was unusual in how it was trained; empty: nothing."""
        at_once = self._recipe.micro_batch.size
        is_cut = at_once is not None and at_once < self._recipe.batch_size
        found = (str(self.trainee.kernels), f"micro-batch {at_once}" if is_cut else "")
        return ", ".join(note for note in found if note)

    @property
    def _steps(self) -> int:
        samples = len(self._prepared.train.targets)
        return batches.steps_an_epoch(samples, size=self._recipe.batch_size)

    def _epoch(self, epoch: int) -> Predictions:
        start = time.monotonic()

        def tick(step: int) -> None:
            self._average.follow(epoch * self._steps + step)
            self._pace.step()

        train = train_head_epoch if is_head_alone(self.trainee) else train_epoch
        predictions = train(
            self.trainee,
            inputs=self._prepared.train,
            optimizer=self._optimizer,
            recipe=self._recipe,
            epoch=epoch,
            tick=tick,
        )
        self._seconds = time.monotonic() - start
        return predictions

    def _can_go_on(self) -> bool:
        """Whether another epoch and the reading after it would end in time; else it is not begun."""
        share = READING_SHARE * len(self._prepared.validation.targets) / len(self._prepared.train.targets)
        return self._pace.has(self._seconds * (1 + share))

    def _state(self) -> State:
        live = {_LIVE + name: checkpoint.copied(tensor) for name, tensor in self._live.items()}
        return State(
            network={name: checkpoint.copied(tensor) for name, tensor in self._average.tensors.items()},
            training=live | checkpoint.optimizer_tensors(self._optimizer),
        )

    def _put(self, state: State) -> None:
        live = {
            name.removeprefix(_LIVE): tensor
            for name, tensor in state.training.items()
            if name.startswith(_LIVE)
        }
        if not self._live.keys() == live.keys() == state.network.keys():
            raise TrialFailed("the checkpoint holds other tensors than the network trains")
        self.trainee.load_state_dict(live, strict=False)
        for name, tensor in self._average.tensors.items():
            tensor.copy_(state.network[name])
        checkpoint.restore_optimizer(self._optimizer, state.training)
