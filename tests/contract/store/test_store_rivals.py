"""Two jobs of one name that finish together are both judged truly."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from patience import WAIT_SECONDS
from store_values import TENANT, wanted

from automl_tl.bench.numbers import SPACE
from automl_tl.domain.budget import Budget
from automl_tl.domain.gate import Outcome, granted
from automl_tl.registry.folder import FolderRegistry
from automl_tl.store.sql import open_store

SCRIPT = Path(__file__).with_name("rival_process.py")
JOBS = 3


@pytest.mark.slow
def test_jobs_that_end_together_are_each_proved_against_the_champion_of_that_moment(
    shared_place: Path | str, tmp_path: Path
) -> None:
    store = open_store(shared_place)
    request = replace(wanted(), space=SPACE, budget=Budget(trials=3))
    jobs = [store.add_job(request, tenant=TENANT).id for _ in range(JOBS)]

    rivals = [_start(str(shared_place), str(tmp_path), job) for job in jobs]
    for rival in rivals:  # all are ready before any begins
        assert rival.stdout is not None and rival.stdout.readline() == "ready\n"
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    ends = [rival.communicate(timeout=WAIT_SECONDS)[0] for rival in rivals]

    assert ends == ["succeeded\n"] * JOBS
    *others, first = store.versions(tenant=TENANT, name="digits")
    assert (first.decision.outcome, first.proof.gain_over("champion")) == (Outcome.PROMOTE, None)
    for other in others:  # equal models: none is proven better than the first
        assert other.decision.outcome is Outcome.KEEP
        assert other.proof.gain_over("champion") is not None
        tests = [m.kind for m in store.measurements(other.job) if m.kind.startswith("test-")]
        assert tests == [f"test-{first.id}"]  # read once, by the one comparison that counts
    assert [move.decision for move in store.promotions(tenant=TENANT, name="digits")] == [first.id]
    spent = sorted((d.proof.opening, d.proof.reading, d.proof.alpha) for d in (first, *others))
    assert spent == [(n, n, granted(0.05, reading=n)) for n in range(1, JOBS + 1)]
    assert store.openings(tenant=TENANT, name="digits") == JOBS
    registry = FolderRegistry(tmp_path / "registry")
    assert registry.alias("digits", "champion") == store.decided(first.id).version
    assert len(registry.versions("digits")) == JOBS
    store.close()


def _start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
