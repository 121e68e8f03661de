"""The benchmark of budgets says what of each was used."""

from typing import Any

import pytest

from automl_tl.bench import budget


def test_each_budget_is_told_with_what_was_used_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    def outcome(submission: dict[str, Any], settings: Any, *, tell: Any) -> dict[str, Any]:
        if submission["time_budget"] == "10s":
            return {"state": "failed", "error": {"title": "the job failed", "detail": "too small"}}
        return {"state": "succeeded", "seconds": 119.0, "decision": "promote", "trials": 7}

    monkeypatch.setattr(budget, "run_here", outcome)

    found = budget.run(budgets=("2m", "10s"), dataset=tmp_path, space={"space": "embedded"})

    assert [job["ratio"] for job in found["jobs"]] == [pytest.approx(119 / 120), None]
    assert found["table"].splitlines()[1].split() == ["120", "119.0", "0.992", "7", "promote"]
    assert "failed: too small" in found["table"]
    assert found["table"].endswith("the most of a budget that was used: 0.992 (1.05 is allowed)")
