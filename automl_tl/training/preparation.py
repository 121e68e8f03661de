"""All that an evaluation needs before its first step: the trainee, and both splits' inputs."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from automl_tl.cache.activations import ActivationCache
from automl_tl.domain.dataset import Split
from automl_tl.domain.work import Evaluate
from automl_tl.training.dataset import Dataset
from automl_tl.training.features import Activations
from automl_tl.training.freezing import freeze, keep_statistics
from automl_tl.training.head_start import Known, sampled, solve
from automl_tl.training.inputs import Inputs
from automl_tl.training.opening import Opened
from automl_tl.training.split import Halves
from automl_tl.training.trainee import Trainee
from automl_tl.training.way import Sizes, Way, choose

_PART = 256  # rows of features read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is trained, on what, in which way."""

    opened: Opened
    depth: int
    way: Way
    trainee: Trainee
    train: Inputs
    validation: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where activations are kept, and how many bytes of them one trial may want."""

    cache: ActivationCache | None
    limit_bytes: int


def prepare(
    work: Evaluate, *, opened: Opened, dataset: Dataset, room: Room, alive: Callable[[], None]
) -> Prepared:
    """Choose the way, build the trainee as it is before training, and fetch or compute activations.

    ``alive`` is called while activations are computed; what it raises passes through.
    """
    depth = work.configuration.freeze_depth if work.configuration.pretrained else 0
    train = dataset.inputs(Split.TRAIN, device=opened.device)
    validation = dataset.inputs(Split.VALIDATION, device=opened.device)
    halves = opened.halves(depth)
    chosen = choose(
        halves=halves,
        facts=opened.facts,
        depth=depth,
        augmentation=work.configuration.augmentation,
        sizes=Sizes(samples=len(train.targets) + len(validation.targets), limit_bytes=room.limit_bytes),
    )
    trainee = _trainee(opened, halves=halves, depth=depth, way=chosen, classes=len(dataset.classes))
    if work.configuration.pretrained:
        keep_statistics(trainee)
    if halves is not None and chosen is Way.FROM_BOUNDARY:
        activations = Activations(opened=opened, depth=depth, halves=halves)
        kept = [activations.inputs(each, cache=room.cache, alive=alive) for each in (train, validation)]
        prepared = Prepared(
            opened=opened, depth=depth, way=chosen, trainee=trainee, train=kept[0], validation=kept[1]
        )
    else:
        prepared = Prepared(
            opened=opened, depth=depth, way=chosen, trainee=trainee, train=train, validation=validation
        )
    if work.configuration.pretrained and work.checkpoint is None:
        _start_head(prepared, dataset=dataset, room=room, alive=alive)
    return prepared


def _start_head(prepared: Prepared, *, dataset: Dataset, room: Room, alive: Callable[[], None]) -> None:
    """Put the linear probe's head on; solved once for a dataset, from features that all trials share.

    A probe has the features of validation at hand, and chooses its penalty there; whoever trains more chooses
    by a part of training that is held out, whether a probe ran before or not.
    """
    opened = prepared.opened
    is_probe = prepared.depth == len(opened.stages)
    key = dataset.manifest.fingerprint, is_probe
    if key not in opened.heads:
        train = prepared.train
        if not is_probe:
            pictures = dataset.inputs(Split.TRAIN, device=opened.device)
            activations = Activations(opened=opened, depth=len(opened.stages), halves=opened.whole())
            train = activations.inputs(pictures, cache=room.cache, alive=alive)
        opened.heads[key] = solve(
            _known(train),
            classes=len(dataset.classes),
            seed=0,
            judged=_known(prepared.validation) if is_probe else None,
        )
    head, trained = opened.heads[key], prepared.trainee.head
    with torch.no_grad():
        trained.weight.copy_(head.weight)
        trained.bias.copy_(head.bias)


def _known(inputs: Inputs) -> Known:
    """Features and classes of as many rows as a head is solved from."""
    rows = sampled(len(inputs.targets), seed=0)
    parts = [inputs.clean(part)[0].cpu() for part in np.array_split(rows, range(_PART, len(rows), _PART))]
    return Known(features=torch.cat(parts), targets=inputs.targets[torch.from_numpy(rows)])


def _trainee(opened: Opened, *, halves: Halves | None, depth: int, way: Way, classes: int) -> Trainee:
    head = opened.head(classes)
    if halves is None:
        backbone = opened.backbone()
        freeze(backbone, stages=opened.stages, depth=depth)
        return Trainee(backbone=backbone, head=head)
    prefix = None if way is Way.FROM_BOUNDARY else halves.prefix
    return Trainee(backbone=copy.deepcopy(halves.suffix), head=head, prefix=prefix, slots=halves.slots)
