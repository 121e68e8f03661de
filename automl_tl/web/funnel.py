"""How a job narrows down: candidates, then trials from rung to rung, then finalists and one challenger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automl_tl.domain.measurement import Measurement
from automl_tl.domain.trial import Trial

MOST_RUNGS = 4
_LEAST = 2.0  # percent of the height: what is there is seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One narrowing: how many there are, of what; ``share``: their part of the most of that kind, percent."""

    word: str
    count: int
    unit: str
    share: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The shape between two steps, as the points of a polygon in a square of 100 by 100 a step."""

    points: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """The steps in order, and the shapes that join them."""

    steps: tuple[Step, ...]
    bands: tuple[Band, ...]


def funnel(
    measurements: Sequence[Measurement], trials: Sequence[Trial], *, finalists: int, challengers: int
) -> Funnel | None:
    """What is known so far, without steps that nothing has reached; None before candidates are known."""
    by_kind: dict[str, dict[str, Mapping[str, object]]] = {}
    for measurement in measurements:
        by_kind.setdefault(measurement.kind, {})[measurement.key] = measurement.value
    opened, left_out = by_kind.get("facts", {}), by_kind.get("left-out", {})
    if not opened and not left_out:
        return None
    placed = by_kind.get("shortlist", {})
    listed = [id for id in opened if id not in placed or placed[id].get("is_kept")]
    tried = {trial.configuration.candidate for trial in trials if trial.reports}
    counts = [
        ("candidates", len(opened) + len(left_out), "candidates", "in the space"),
        ("opened", len(opened), "candidates", f"{len(left_out)} left out" if left_out else "all run here"),
        ("shortlisted", len(listed), "candidates", "by prior and scores" if placed else "nothing known yet"),
        ("probed", len(tried), "candidates", "trained once"),
        *_rungs(trials),
        ("finalists", finalists, "trials", "read on retest"),
        ("challenger", challengers, "trials", "read on the sealed test"),
    ]
    reached = [entry for entry in counts if entry[1]]
    return Funnel(steps=(steps := _steps(reached)), bands=_bands(steps))


def _rungs(trials: Sequence[Trial]) -> list[tuple[str, int, str, str]]:
    """How many trials reported at each rung or beyond; of many rungs the first ones and the last."""
    epochs = sorted({report.epoch for trial in trials for report in trial.reports})
    shown = epochs if len(epochs) <= MOST_RUNGS else [*epochs[: MOST_RUNGS - 1], epochs[-1]]
    return [
        (
            "1 epoch" if epoch == 1 else f"{epoch} epochs",
            sum(trial.epoch >= epoch for trial in trials),
            "trials",
            "first rung" if epoch == shown[0] else "advanced",
        )
        for epoch in shown
    ]


def _steps(counts: Sequence[tuple[str, int, str, str]]) -> tuple[Step, ...]:
    most = {unit: max(count for _, count, of, _ in counts if of == unit) for _, _, unit, _ in counts}
    return tuple(
        Step(word=word, count=count, unit=unit, share=round(100 * count / most[unit], 1), note=note)
        for word, count, unit, note in counts
    )


def _bands(steps: Sequence[Step]) -> tuple[Band, ...]:
    """Each step is level over its first half, and narrows over the second to the next of its kind."""
    found = []
    for index, step in enumerate(steps):
        after = steps[index + 1] if index + 1 < len(steps) else step
        here, there = max(step.share, _LEAST) / 2, max(after.share, _LEAST) / 2
        if after.unit != step.unit:
            there = here
        left, middle, right = 100 * index, 100 * index + 62, 100 * (index + 1)
        upper = f"{left},{50 - here} {middle},{50 - here} {right},{50 - there}"
        lower = f"{right},{50 + there} {middle},{50 + here} {left},{50 + here}"
        found.append(Band(points=f"{upper} {lower}", unit=step.unit))
    return tuple(found)
