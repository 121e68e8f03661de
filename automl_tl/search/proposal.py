"""The next trial as a pure function of the rows: an in-memory Optuna study, rebuilt and asked once."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, create_trial
from optuna.trial import TrialState as StudyState

from automl_tl.domain.space import Range, Space, depths
from automl_tl.domain.trial import Trial, TrialState
from automl_tl.search.base import Context
from automl_tl.search.coordinates import Point, absolute, relative

KEPT_BEST = 50
KEPT_RECENT = 30
SAMPLER = "sampler"


class Sampler(StrEnum):
    """Who draws a new trial's point: the tree-structured Parzen estimator, or chance (a yardstick)."""

    TPE = "tpe"
    RANDOM = "random"


def propose(
    context: Context,
    *,
    allowed: Mapping[str, Sequence[int]] | None = None,
    sampler: Sampler = Sampler.TPE,
) -> Trial:
    """A new trial by Optuna; the same context gives the same trial.

    ``allowed`` maps each candidate that may be tried to its freeze depths; None: all that is sampled.
    The study holds at most ``KEPT_BEST + KEPT_RECENT`` rows: a long history costs no more than a short one.
    """
    depths_of = allowed if allowed is not None else sampled(context)
    rows = bounded([t for t in context.trials if t.configuration.candidate in depths_of])
    number = len(context.trials)
    distributions = _distributions(context.space, candidates=tuple(depths_of))
    point = _ask(
        [_row(trial, context=context, distributions=distributions) for trial in rows],
        distributions=distributions,
        seed=derived_seed(context.seed, "sampler", number),
        # Of those that are drawn at random, as the first ones are: all, where chance alone decides.
        drawn=2 * len(depths_of) if sampler is Sampler.TPE else number + 1,
    )
    configuration = absolute(
        point, space=context.space, facts=context.facts, allowed=depths_of[point.candidate]
    )
    return Trial(
        number=number,
        seed=derived_seed(context.seed, "trial", number),
        configuration=configuration,
        origin=SAMPLER,
    )


def searched(context: Context) -> dict[str, tuple[int, ...]]:
    """Every shortlisted candidate, in the space's order, with the freeze depths that the space searches."""
    return {
        candidate.id: depths(context.space, stages=len(context.facts[candidate.id].stages))
        for candidate in context.space.candidates
        if candidate.id in context.facts
    }


def sampled(context: Context) -> dict[str, tuple[int, ...]]:
    """As ``searched``, without linear probes where anything else is searched.

    A probe's head is solved, not trained: beyond the one of the opening there is next to nothing to find.
    """
    found = {}
    for id, every in searched(context).items():
        trained = tuple(d for d in every if d < len(context.facts[id].stages))
        found[id] = trained or every
    return found


def bounded(trials: Sequence[Trial]) -> list[Trial]:
    """The part of a history that the study is built from, by number: the best and the most recent rows.

    The best are those at the highest rung, then with the best value there: a rule on rows, so that a killed
    job proposes the same again.
    """
    recent = trials[-KEPT_RECENT:]
    best = sorted(trials, key=lambda t: (-t.epoch, -_value(t), t.number))[:KEPT_BEST]
    kept = {trial.number: trial for trial in (*best, *recent)}
    return [kept[number] for number in sorted(kept)]


def derived_seed(seed: int, use: str, number: int) -> int:
    """A seed in [0, 2³¹) that depends on the job's seed, its use and the trial's number alone."""
    digest = hashlib.sha256(f"{seed}/{use}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _ask(
    rows: list[FrozenTrial], *, distributions: dict[str, BaseDistribution], seed: int, drawn: int
) -> Point:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=drawn, multivariate=True, constant_liar=True
    )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials(rows)
    return Point(**study.ask(distributions).params)


def _distributions(space: Space, *, candidates: tuple[str, ...]) -> dict[str, BaseDistribution]:
    return {
        "candidate": CategoricalDistribution(candidates),
        "frozen_share": FloatDistribution(0.0, 1.0),
        "learning_rate": _distribution(space.learning_rate),
        "head_learning_rate": _distribution(space.head_learning_rate),
        "weight_decay": _distribution(space.weight_decay),
        "augmentation": _distribution(space.augmentation),
    }


def _distribution(range_: Range) -> FloatDistribution:
    return FloatDistribution(range_.low, range_.high, log=range_.log)


def _row(trial: Trial, *, context: Context, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    point = relative(trial.configuration, space=context.space, facts=context.facts)
    state, values = _found(trial)
    return create_trial(
        state=state,
        params=asdict(point),
        distributions=distributions,
        intermediate_values=values,
    )


def _found(trial: Trial) -> tuple[StudyState, dict[int, float]]:
    """A row's state for the study and its value by epoch.

    Whatever has a value is handed over as pruned at its rung, so that values of different rungs are never
    compared: the study ranks by rung first. Samplers forget failed trials and would propose them again; a
    pruned trial without a value counts as the worst there is.
    """
    if math.isfinite(_value(trial)):
        return StudyState.PRUNED, {trial.epoch: _value(trial)}
    if trial.state in (TrialState.PROPOSED, TrialState.RUNNING):
        return StudyState.RUNNING, {}
    return StudyState.PRUNED, {}


def _value(trial: Trial) -> float:
    if trial.state is TrialState.FAILED or trial.report is None or not math.isfinite(trial.report.value):
        return -math.inf
    return trial.report.value
