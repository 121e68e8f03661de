"""All that an evaluation needs before its first step: the trainee, and both splits' inputs."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from automl_tl.domain.dataset import Split
from automl_tl.domain.kernels import USUAL, Kernels
from automl_tl.domain.work import Evaluate
from automl_tl.training.dataset import Dataset
from automl_tl.training.features import Activations
from automl_tl.training.freezing import freeze, keep_statistics, stand_still
from automl_tl.training.head_start import Head, Known, sampled, solve
from automl_tl.training.inputs import Inputs, SampleInputs
from automl_tl.training.opening import Opened
from automl_tl.training.plan import Plan, Room, passes_key, plan
from automl_tl.training.tally import Tally
from automl_tl.training.trainee import Trainee
from automl_tl.training.views import ViewedInputs
from automl_tl.training.way import Varied, Way

_PART = 256  # rows of features read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is trained, on what, in which way."""

    opened: Opened
    depth: int
    plan: Plan
    trainee: Trainee
    train: Inputs
    validation: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What trials are prepared from; ``alive`` is called while activations are computed, and may raise.

    ``tally`` counts what that costs.
    """

    opened: Opened
    dataset: Dataset
    room: Room
    alive: Callable[[], None]
    tally: Tally = field(default_factory=Tally)


def prepare(work: Evaluate, ground: Ground) -> Prepared:
    """Choose the way, build the trainee as it is before training, and fetch or compute activations."""
    opened, configuration = ground.opened, work.configuration
    depth = configuration.freeze_depth if configuration.pretrained else 0
    is_probe = depth == len(opened.stages)
    starts = configuration.pretrained and work.checkpoint is None and work.head_start
    # Solved first: its features also tell how fast passes are.
    with ground.tally.head():
        head = _head_of_features(ground) if starts and not is_probe else None
    found = plan(
        opened=opened,
        depth=depth,
        augmentation=configuration.augmentation,
        samples=sum(len(ground.dataset.manifest.indices(split)) for split in (Split.TRAIN, Split.VALIDATION)),
        room=ground.room,
        length_share=_length_share(ground),
    )
    kernels = USUAL if is_probe else work.kernels  # a linear head is no work
    trainee = _trainee(ground, depth=depth, found=found, kernels=kernels)
    if configuration.pretrained:
        keep_statistics(trainee)
    with ground.tally.keeping():
        train, validation = _inputs(ground, depth=depth, found=found)
    prepared = Prepared(
        opened=opened, depth=depth, plan=found, trainee=trainee, train=train, validation=validation
    )
    if starts:
        with ground.tally.head():
            _put_on(trainee, head or _head_of_probe(ground, prepared))
    return prepared


def _length_share(ground: Ground) -> float:
    """What a training sample's bucket takes of the longest, on average; 1 where all are of one length."""
    opened = ground.opened
    lengths = ground.dataset.inputs(Split.TRAIN, device=opened.device).lengths
    return 1.0 if lengths is None else float(lengths.mean() / opened.preprocessing.shape[0])


def _head_of_features(ground: Ground) -> Head:
    """The linear probe's head, solved once for a dataset, from features that all trials share.

    A probe has the features of validation at hand, and chooses its penalty there; whoever trains more chooses
    by a part of training that is held out, whether a probe ran before or not.
    """
    opened, dataset = ground.opened, ground.dataset
    key = dataset.manifest.fingerprint, False
    if key not in opened.heads:
        activations = Activations(opened=opened, depth=len(opened.stages), halves=opened.whole())
        samples = dataset.inputs(Split.TRAIN, device=opened.device)
        train = activations.inputs(samples, cache=ground.room.cache, alive=ground.alive)
        _tell_speed(ground, activations)
        ground.tally.frozen_passes += activations.computed
        opened.heads[key] = solve(_known(train), classes=len(dataset.classes), seed=0)
    return opened.heads[key]


def _head_of_probe(ground: Ground, prepared: Prepared) -> Head:
    opened, dataset = ground.opened, ground.dataset
    key = dataset.manifest.fingerprint, True
    if key not in opened.heads:
        known, judged = map(_known, _features(ground, prepared))
        opened.heads[key] = solve(known, classes=len(dataset.classes), seed=0, judged=judged)
    return opened.heads[key]


def _features(ground: Ground, prepared: Prepared) -> tuple[Inputs, Inputs]:
    """A probe's features of training and validation; computed in passing where nothing may be kept."""
    if prepared.plan.way is Way.FROM_BOUNDARY:
        return prepared.train, prepared.validation
    opened, dataset = ground.opened, ground.dataset
    activations = Activations(opened=opened, depth=len(opened.stages), halves=opened.whole())
    train, validation = (dataset.inputs(s, device=opened.device) for s in (Split.TRAIN, Split.VALIDATION))
    return activations.anew(train), activations.anew(validation)


def _tell_speed(ground: Ground, activations: Activations) -> None:
    """Keep how fast whole passes were, where features were computed rather than found."""
    seconds = activations.seconds_a_sample
    if seconds is not None:
        ground.room.speeds.tell(passes_key(ground.opened), seconds_a_picture=seconds)


def _put_on(trainee: Trainee, head: Head) -> None:
    with torch.no_grad():
        trainee.head.weight.copy_(head.weight)
        trainee.head.bias.copy_(head.bias)


def _known(inputs: Inputs) -> Known:
    """Features and classes of as many rows as a head is solved from."""
    rows = sampled(len(inputs.targets), seed=0)
    parts = [inputs.clean(part)[0].cpu() for part in np.array_split(rows, range(_PART, len(rows), _PART))]
    return Known(features=torch.cat(parts), targets=inputs.targets[torch.from_numpy(rows)])


def _trainee(ground: Ground, *, depth: int, found: Plan, kernels: Kernels) -> Trainee:
    opened = ground.opened
    head = opened.head(len(ground.dataset.classes))
    behind = depth if found.kept is None else found.kept
    halves = opened.halves(behind)
    if halves is None:
        backbone = opened.backbone()
        freeze(backbone, stages=opened.stages, depth=depth)
        return Trainee(backbone=backbone, head=head, kernels=kernels)
    prefix = None if found.way is Way.FROM_BOUNDARY else halves.prefix
    suffix = copy.deepcopy(halves.suffix)
    if behind < depth:
        stand_still(suffix, opened.frozen(depth))
    return Trainee(backbone=suffix, head=head, prefix=prefix, slots=halves.slots, kernels=kernels)


def _inputs(ground: Ground, *, depth: int, found: Plan) -> tuple[Inputs, Inputs]:
    """What training and validation are read from."""
    opened, dataset, room = ground.opened, ground.dataset, ground.room
    train, validation = (dataset.inputs(s, device=opened.device) for s in (Split.TRAIN, Split.VALIDATION))
    behind = depth if found.kept is None else found.kept
    halves = opened.halves(behind)
    if halves is None or found.way is not Way.FROM_BOUNDARY:
        return train, validation
    # Features are small, and every head is solved from them: they are never narrowed.
    floats = np.float32 if behind == len(opened.stages) else room.floats
    activations = Activations(opened=opened, depth=behind, halves=halves, floats=floats)

    def kept(samples: SampleInputs) -> Inputs:
        if found.kept is None:
            return activations.anew(samples)
        return activations.inputs(samples, cache=room.cache, alive=ground.alive)

    plain = kept(train)
    if found.varied is Varied.VIEWS:
        plain = ViewedInputs(plain, views=[kept(train.in_view(view)) for view in range(room.views)])
    read = kept(validation)
    if behind == len(opened.stages):
        _tell_speed(ground, activations)
    ground.tally.frozen_passes += activations.computed * opened.facts.frozen_share(behind)
    return plain, read
