"""The candidates of a job as its page lists them: what they are, where they stood, what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automl_tl.domain.measurement import Measurement
from automl_tl.domain.trial import Trial
from automl_tl.web.view import best_value

MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """One candidate; ``place``, ``chance`` and ``why`` are None or empty where nothing was known of it."""

    id: str
    is_searched: bool
    parameters: int | None
    multiply_adds: int | None
    latency_seconds: float | None
    licence: str | None
    place: int | None
    chance: float | None
    why: str
    trials: int
    best: float | None


def entrants(measurements: Sequence[Measurement], trials: Sequence[Trial]) -> list[Entrant]:
    """Every candidate that was opened or left out: the best first, then by place, those left out last."""
    facts = {m.key: m.value for m in measurements if m.kind == "facts"}
    places = {m.key: m.value for m in measurements if m.kind == "shortlist"}
    found = [_entrant(id, facts[id], places.get(id, {}), trials) for id in facts]
    found += [_left_out(m.key, str(m.value.get("reason", ""))) for m in measurements if m.kind == "left-out"]
    return sorted(found, key=_rank)


def _entrant(id: str, facts: Mapping[str, Any], place: Mapping[str, Any], trials: Sequence[Trial]) -> Entrant:
    own = [trial for trial in trials if trial.configuration.candidate == id]
    return Entrant(
        id=id,
        is_searched=bool(place.get("is_kept", True)),
        parameters=facts.get("parameters"),
        multiply_adds=facts.get("multiply_adds"),
        latency_seconds=facts.get("latency_seconds"),
        licence=facts.get("licence"),
        place=place.get("place"),
        chance=place.get("chance"),
        why=str(place.get("why", "")),
        trials=len(own),
        best=max((best_value(trial) for trial in own if trial.reports), default=None),
    )


def _left_out(id: str, reason: str) -> Entrant:
    return Entrant(
        id=id,
        is_searched=False,
        parameters=None,
        multiply_adds=None,
        latency_seconds=None,
        licence=None,
        place=None,
        chance=None,
        why=reason,
        trials=0,
        best=None,
    )


def _rank(entrant: Entrant) -> tuple[bool, bool, float, float, str]:
    best = 0.0 if entrant.best is None else -entrant.best
    place = float("inf") if entrant.place is None else float(entrant.place)
    return not entrant.is_searched, entrant.best is None, best, place, entrant.id
