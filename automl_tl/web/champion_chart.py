"""Who was champion when, and how good: every decision as a dot, the champion's value as a line."""

from collections.abc import Sequence
from itertools import pairwise

from automl_tl.domain.promotion import Decided, Promotion
from automl_tl.web.chart import Chart, Dot, Flag, Scale, Stroke, moments, ticks

MOST = 200
_LEAST_SECONDS = 3600.0

Reign = tuple[float, float | None]
"""Since when, and the champion's value on its sealed test; None: no champion of ours."""


def champion_chart(
    versions: Sequence[Decided], promotions: Sequence[Promotion], *, metric: str, now: float
) -> Chart | None:
    """The newest ``MOST`` decisions; both come newest first. None where nothing was decided."""
    shown = [decided for decided in reversed(versions[:MOST]) if "challenger" in decided.proof.values]
    if not shown:
        return None
    value = {decided.id: decided.proof.values["challenger"] for decided in versions if decided in shown}
    first = shown[0].time
    reigns = _reigns(promotions, value, first=first)
    span = max(now - first, _LEAST_SECONDS)
    across, up = Scale(low=now - 1.04 * span, high=now + 0.02 * span), _up(shown)
    label = f"test {metric} of {len(shown)} {'decision' if len(shown) == 1 else 'decisions'} over time"
    return Chart(
        label=f"{label}; the table of decisions has the figures",
        across=moments(across),
        up=ticks(up),
        across_name="",
        dots=tuple(_dot(decided, across, up) for decided in shown),
        strokes=_strokes([(across(since), None if v is None else up(v)) for since, v in reigns], across(now)),
        flags=_flags(shown, promotions, across, up),
    )


def _reigns(promotions: Sequence[Promotion], value: dict[str, float], *, first: float) -> list[Reign]:
    moves = [move for move in reversed(promotions) if move.time >= first]
    return [(move.time, value.get(move.decision or "")) for move in moves]


def _up(shown: Sequence[Decided]) -> Scale:
    """From the lowest end of any interval to the highest."""
    intervals = [decided.proof.intervals.get("challenger") for decided in shown]
    ends = [end for interval in intervals if interval for end in (interval.low, interval.high)]
    ends += [decided.proof.values["challenger"] for decided in shown]
    low, high = min(ends), max(ends)
    pad = (high - low) * 0.12 or 0.01
    return Scale(low=low - pad, high=high + pad, falls=True)


def _dot(decided: Decided, across: Scale, up: Scale) -> Dot:
    value = decided.proof.values["challenger"]
    interval = decided.proof.intervals.get("challenger")
    named = f"version {decided.version}" if decided.version else decided.job
    return Dot(
        x=across(decided.time),
        y=up(value),
        kind=str(decided.decision.outcome),
        title=f"{named}: {value:.3f}, {decided.decision.outcome}",
        low=None if interval is None else up(interval.low),
        high=None if interval is None else up(interval.high),
    )


def _strokes(reigns: Sequence[tuple[float, float | None]], end: float) -> tuple[Stroke, ...]:
    """Level while one reigns, upright to the next; a gap where there was none of ours."""
    found = []
    ends = [*(x for x, _ in reigns[1:]), end]
    for (x, y), until in zip(reigns, ends, strict=True):
        if y is not None:
            found.append(Stroke(x1=x, x2=until, y1=y, y2=y))
    for (_, before), (x, after) in pairwise(reigns):
        if before is not None and after is not None:
            found.append(Stroke(x1=x, x2=x, y1=before, y2=after))
    return tuple(found)


def _flags(
    shown: Sequence[Decided], promotions: Sequence[Promotion], across: Scale, up: Scale
) -> tuple[Flag, ...]:
    """The version of each champion, beside its decision."""
    were = {move.decision for move in promotions}
    return tuple(
        Flag(x=across(decided.time), y=up(decided.proof.values["challenger"]), text=f"v{decided.version}")
        for decided in shown
        if decided.id in were and decided.version is not None
    )
