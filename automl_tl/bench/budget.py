"""``bench budget``: how much of a time budget a job uses, proof included."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from automl_tl.domain.duration import seconds as seconds_of
from automl_tl.proof.digits import write_digits
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.foreground import quietly, run_here

WITHIN = 0.05  # of the budget: what a job may take beyond it


def run(
    *,
    budgets: Sequence[str],
    dataset: Path | None,
    space: Mapping[str, str],
    registry: str = "mlflow",
    executor: str = "ray",
) -> dict[str, Any]:
    """One job a budget, each on a home of its own, start-up included; ``dataset`` None: the demo's digits.

    ``space`` has the submission's keys ``space`` and perhaps ``space_root``.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        data = write_digits(Path(folder) / "digits") if dataset is None else dataset
        rows = [
            _job(
                data,
                home=Path(folder) / f"home-{place}",
                budget=budget,
                options={**space, "executor": executor},
                registry=registry,
            )
            for place, budget in enumerate(budgets)
        ]
    return {"jobs": rows, "within": WITHIN, "table": _table(rows)}


def _job(
    dataset: Path, *, home: Path, budget: str, options: Mapping[str, str], registry: str
) -> dict[str, Any]:
    submission = {**options, "dataset": str(dataset.absolute()), "name": "budget", "time_budget": budget}
    settings = Settings.model_validate({"home": home, "registry": registry})
    outcome = run_here(submission, settings, tell=quietly)
    allowed = seconds_of(budget)
    used = float(str(outcome["seconds"])) if "seconds" in outcome else None
    return {
        "budget_seconds": allowed,
        "used_seconds": used,
        "ratio": None if used is None else used / allowed,
        "state": outcome["state"],
        "decision": outcome.get("decision"),
        "trials": outcome.get("trials"),
        "validation": outcome.get("validation"),
        "error": outcome.get("error"),
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"{'budget s':>8} {'used s':>8} {'ratio':>6} {'trials':>6}  outcome"]
    for row in rows:
        used = "" if row["used_seconds"] is None else f"{row['used_seconds']:.1f}"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3f}"
        said = row["decision"] or f"{row['state']}: {(row['error'] or {}).get('detail', '')}"
        lines.append(f"{row['budget_seconds']:>8.0f} {used:>8} {ratio:>6} {row['trials']!s:>6}  {said}")
    kept = [row["ratio"] for row in rows if row["ratio"] is not None]
    if kept:
        lines.append(f"the most of a budget that was used: {max(kept):.3f} ({1 + WITHIN:.2f} is allowed)")
    return "\n".join(lines)
