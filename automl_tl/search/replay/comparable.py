"""A table's figures in the policy's units: values in points, settings that can be compared."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from automl_tl.search.policy.option import Outcome, PastDataset

CONFIG = "config"
_POINTS = 100.0
_LOG_FROM = 100.0  # a setting that spans more than this factor is compared by its logarithm


def in_points(datasets: Sequence[PastDataset]) -> list[PastDataset]:
    """Values as percentages: a table whose values all lie in [0, 1] holds shares."""
    outcomes = [outcome for dataset in datasets for outcome in dataset.outcomes]
    if any(not 0 <= outcome.value <= 1 for outcome in outcomes):
        return list(datasets)
    return [_changed(dataset, [_times(o, _POINTS) for o in dataset.outcomes]) for dataset in datasets]


def comparable_settings(datasets: Sequence[PastDataset]) -> tuple[PastDataset, ...]:
    """Wide settings as logarithms; the configuration's name only where it comes back in another dataset."""
    seen = [
        {str(o.option.settings[CONFIG]) for o in d.outcomes if CONFIG in o.option.settings} for d in datasets
    ]
    comes_back = sum(len(names) for names in seen) > len(set().union(*seen))
    wide = {name for name in _names(datasets) if name != CONFIG and _is_wide(datasets, name)}
    dropped = set() if comes_back else {CONFIG}
    return tuple(
        _changed(dataset, [_with_settings(o, wide=wide, dropped=dropped) for o in dataset.outcomes])
        for dataset in datasets
    )


def _times(outcome: Outcome, factor: float) -> Outcome:
    rungs = {epoch: factor * value for epoch, value in outcome.rungs.items()}
    return replace(outcome, value=factor * outcome.value, rungs=rungs)


def _changed(dataset: PastDataset, outcomes: Iterable[Outcome]) -> PastDataset:
    return replace(dataset, outcomes=tuple(outcomes))


def _with_settings(outcome: Outcome, *, wide: set[str], dropped: set[str]) -> Outcome:
    settings = {
        name: math.log(value) if name in wide and isinstance(value, float) else value
        for name, value in outcome.option.settings.items()
        if name not in dropped
    }
    if CONFIG in settings:
        settings[CONFIG] = str(outcome.option.settings[CONFIG])  # a name, even where it looks like a number
    return replace(outcome, option=replace(outcome.option, settings=settings))


def _names(datasets: Sequence[PastDataset]) -> set[str]:
    return {name for dataset in datasets for outcome in dataset.outcomes for name in outcome.option.settings}


def _is_wide(datasets: Sequence[PastDataset], name: str) -> bool:
    values = [o.option.settings[name] for d in datasets for o in d.outcomes if name in o.option.settings]
    numbers = [value for value in values if isinstance(value, float)]
    return len(numbers) == len(values) and min(numbers) > 0 and max(numbers) > _LOG_FROM * min(numbers)
