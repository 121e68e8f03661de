"""Who was champion when, and how good: every decision as a dot, the champion's value as a line."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, zip_longest

from automl_tl.domain.promotion import Decided, Promotion
from automl_tl.web.chart import Chart, Dot, Flag, Scale, Stroke, moments, ticks

MOST = 200
_LEAST_SECONDS = 3600.0
_FLAG_WIDTH, _FLAG_HEIGHT = 4.0, 9.0  # percent of the frame, where it is narrow

Reign = tuple[float, float | None]
"""Since when, and the champion's value on its sealed test; None: none of ours, or none that was read."""


def champion_chart(
    versions: Sequence[Decided], promotions: Sequence[Promotion], *, metric: str, now: float
) -> Chart | None:
    """The newest ``MOST`` decisions, and who was champion then; None where nothing was decided.

    Both come newest first, and whole: a champion may be older than all that is shown.
    """
    read = {decided.id: decided for decided in versions if "challenger" in decided.proof.values}
    shown = [decided for decided in reversed(versions[:MOST]) if decided.id in read]
    if not shown:
        return None
    first = shown[0].time
    moves = _moves(promotions, first=first)
    value = {id: decided.proof.values["challenger"] for id, decided in read.items()}
    reigns: list[Reign] = [(max(move.time, first), value.get(move.decision or "")) for move in moves]
    span = max(now - first, _LEAST_SECONDS)
    across = Scale(low=now - 1.04 * span, high=now + 0.02 * span)
    up = _up(shown, [reached for _, reached in reigns if reached is not None])
    label = f"test {metric} of {len(shown)} {'decision' if len(shown) == 1 else 'decisions'} over time"
    return Chart(
        label=f"{label}; the table of decisions has the figures",
        across=moments(across),
        up=ticks(up),
        across_name="",
        dots=tuple(_dot(decided, across, up) for decided in shown),
        strokes=_strokes([(across(since), None if v is None else up(v)) for since, v in reigns], across(now)),
        flags=_flags(moves, read, across, up, first=first),
    )


def _moves(promotions: Sequence[Promotion], *, first: float) -> list[Promotion]:
    """Those since ``first``, oldest first, behind the one that made the champion of that moment."""
    before = [move for move in promotions if move.time < first][:1]
    return before + [move for move in reversed(promotions) if move.time >= first]


def _up(shown: Sequence[Decided], reached: Sequence[float]) -> Scale:
    """From the lowest end of any interval to the highest, and around what any champion reached."""
    intervals = [decided.proof.intervals.get("challenger") for decided in shown]
    ends = [end for interval in intervals if interval for end in (interval.low, interval.high)]
    ends += [decided.proof.values["challenger"] for decided in shown]
    ends += reached
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
    moves: Sequence[Promotion], read: Mapping[str, Decided], across: Scale, up: Scale, *, first: float
) -> tuple[Flag, ...]:
    """The version of each champion, beside its decision, or where its line comes into view."""
    flags: dict[str, Flag] = {}
    for move in moves:
        decided = read.get(move.decision or "")
        if decided is None or decided.version is None:
            continue
        at = decided.time if decided.time >= first else max(move.time, first)
        y = up(decided.proof.values["challenger"])
        flags.setdefault(decided.id, Flag(x=across(at), y=y, text=f"v{decided.version}"))
    return tuple(
        flag for flag, later in zip_longest(flags.values(), [*flags.values()][1:]) if _is_clear(flag, later)
    )


def _is_clear(flag: Flag, later: Flag | None) -> bool:
    """Whether it can be read beside the next one."""
    return later is None or later.x - flag.x > _FLAG_WIDTH or abs(later.y - flag.y) > _FLAG_HEIGHT
