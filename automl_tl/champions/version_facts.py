"""What a registered version tells of its decision: tags for all of it, metrics for its figures."""

import json
from collections.abc import Mapping

from automl_tl.domain.gate import Interval
from automl_tl.domain.promotion import Decided

_TAG_CHARACTERS = 1000
_PREFIX = "automl_tl."


def tags_of(decided: Decided) -> dict[str, str]:
    """The whole lineage as strings: texts as they are, else JSON, each cut at 1,000 characters."""
    proof = decided.proof
    facts: Mapping[str, object] = {
        "job": decided.job,
        "outcome": decided.decision.outcome.value,
        "reason": decided.decision.reason,
        "digest": decided.digest,
        "metric": proof.metric,
        "test": proof.values.get("challenger"),
        "test_interval": _pair(proof.intervals.get("challenger")),
        "test_samples": proof.samples,
        "gains": {gain.over: [gain.mean, gain.interval.low, gain.interval.high] for gain in proof.gains},
        "opening": proof.opening,
        "reading": proof.reading,
        "alpha": proof.alpha,
        **decided.lineage,
    }
    return {f"{_PREFIX}{key}": _text(value) for key, value in facts.items() if value is not None}


def metrics_of(decided: Decided) -> dict[str, float]:
    """The figures by name: ``test`` with its ends, each contender's value, each gain with its ends."""
    proof = decided.proof
    found: dict[str, object] = {key: decided.lineage.get(key) for key in ("validation", "retest")}
    for contender, value in proof.values.items():
        name = "test" if contender == "challenger" else f"test_{contender}"
        found |= {name: value, **_ends(name, proof.intervals.get(contender))}
    for gain in proof.gains:
        name = f"gain_over_{gain.over}"
        found |= {name: gain.mean, **_ends(name, gain.interval)}
    found["calibration_error"] = proof.calibration
    return {key: float(value) for key, value in found.items() if isinstance(value, int | float)}


def _ends(name: str, interval: Interval | None) -> dict[str, object]:
    return {} if interval is None else {f"{name}_low": interval.low, f"{name}_high": interval.high}


def _pair(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text[:_TAG_CHARACTERS]
