"""A trial in memory: trained epoch by epoch until its rung or its deadline."""

import time

from automl_tl.domain.work import Evaluate
from automl_tl.errors import TrialFailed
from automl_tl.training import batches, checkpoint, optimizer
from automl_tl.training.checkpoint import Checkpoint, Tensors
from automl_tl.training.loop import Predictions, Recipe, train_epoch
from automl_tl.training.pace import DeadlinePassed, Pace
from automl_tl.training.preparation import Prepared

READING_SHARE = 1 / 3  # a forward pass without the backward one


class Run:
    """One evaluation's training; ``epoch`` counts the trial's whole epochs so far."""

    def __init__(self, work: Evaluate, *, prepared: Prepared, pace: Pace) -> None:
        self.trainee = prepared.trainee
        self.epoch = 0
        self._work = work
        self._prepared = prepared
        self._pace = pace
        self._optimizer = optimizer.build(
            backbone=self.trainee.backbone, head=self.trainee.head, configuration=work.configuration
        )
        is_probe = prepared.depth == len(prepared.opened.stages)
        self._recipe = Recipe(
            seed=work.seed,
            batch_size=batches.batch_size(len(prepared.train.targets), is_probe=is_probe),
            horizon=work.horizon,
            augmentation=work.configuration.augmentation,
        )

    def train(self, *, first: int) -> Predictions | None:
        """Train from epoch ``first`` on; what was predicted on the way in the last whole epoch.

        Raises DeadlinePassed when not one whole epoch could be trained.
        """
        samples = len(self._prepared.train.targets)
        steps = batches.steps_an_epoch(samples, size=self._recipe.batch_size)
        self.epoch = first
        self._pace.total = steps * (self._work.until_epoch - first)
        found: Predictions | None = None
        for epoch in range(first, self._work.until_epoch):
            kept = self.state() if self._pace.has_deadline and epoch > first else None
            try:
                found = self._epoch(epoch)
            except DeadlinePassed:
                if kept is None:
                    raise
                self._put(*kept)
                break
            self.epoch = epoch + 1
            if not self._can_go_on():
                break
        return found

    def state(self) -> tuple[Tensors, Tensors]:
        """Copies of the moving tensors of network and optimizer."""
        prefixes = self._prepared.opened.frozen(self._prepared.depth)
        moving = self.trainee.moving_state(prefixes)
        network = {name: checkpoint.copied(tensor) for name, tensor in moving.items()}
        return network, checkpoint.optimizer_tensors(self._optimizer)

    def restore(self, before: Checkpoint) -> None:
        """Go on from a checkpoint; raises TrialFailed when it does not fit."""
        self._put(before.network, before.optimizer)

    def _epoch(self, epoch: int) -> Predictions:
        start = time.monotonic()
        predictions = train_epoch(
            self.trainee,
            inputs=self._prepared.train,
            optimizer=self._optimizer,
            recipe=self._recipe,
            epoch=epoch,
            tick=lambda _: self._pace.step(),
        )
        self._seconds = time.monotonic() - start
        return predictions

    def _can_go_on(self) -> bool:
        """Whether another epoch and the reading after it would end in time; else it is not begun."""
        share = READING_SHARE * len(self._prepared.validation.targets) / len(self._prepared.train.targets)
        return self._pace.has(self._seconds * (1 + share))

    def _put(self, network: Tensors, optimizer_state: Tensors) -> None:
        prefixes = self._prepared.opened.frozen(self._prepared.depth)
        moving = self.trainee.moving_state(prefixes)
        if moving.keys() != network.keys():
            raise TrialFailed("the checkpoint holds other tensors than the network trains")
        self.trainee.load_state_dict(network, strict=False)
        checkpoint.restore_optimizer(self._optimizer, optimizer_state)
