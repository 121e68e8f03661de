"""A runner that dies between any two writes, and repeats some, leaves the rows of one that did not."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_values import DATA_REPORT, TENANT, canonical, decide, manifest, report, trial, wanted

from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import JobState, Lease, Phase
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.trial import TrialState
from automl_tl.store.sql import SqlStore, open_store

Write = Callable[[SqlStore, Lease], object]


def _study() -> list[Write]:
    """Three trials: one completes, one is pruned, one fails."""
    rung_one: list[Write] = []
    for n in range(3):
        rung_one += [
            lambda s, lease, n=n: s.propose(lease, trial(n)),
            lambda s, lease, n=n: s.start(lease, number=n, until_epoch=1),
        ]
    return [
        *rung_one[:2],
        rung_one[2],  # the next proposal is kept before a report is settled
        lambda s, lease: s.settle(lease, number=0, report=report(1), state=TrialState.WAITING),
        *rung_one[3:],
        lambda s, lease: s.settle(lease, number=1, report=report(1, 0.25), state=TrialState.WAITING),
        lambda s, lease: s.end(lease, numbers=[2], state=TrialState.FAILED, failure="it diverged"),
        lambda s, lease: s.end(lease, numbers=[1], state=TrialState.PRUNED),
        lambda s, lease: s.start(lease, number=0, until_epoch=3),
        lambda s, lease: s.settle(lease, number=0, report=report(3, 0.75), state=TrialState.COMPLETE),
    ]


WRITES: list[Write] = [
    lambda s, lease: s.enter(lease, Phase.CHECK),
    lambda s, lease: s.freeze(lease, manifest(), path="/m", report=DATA_REPORT),
    lambda s, lease: s.enter(lease, Phase.SCORE),
    lambda s, lease: s.measure(lease, Measurement(kind="facts", key="residual", value={"stages": 4})),
    lambda s, lease: s.measure(lease, Measurement(kind="left-out", key="plain", value={"reason": "large"})),
    lambda s, lease: s.enter(lease, Phase.SEARCH),
    *_study(),
    lambda s, lease: s.enter(lease, Phase.PROVE),
    lambda s, lease: s.open_test(lease, tenant=TENANT, name="digits", fingerprint="f1", samples=["a"]),
    lambda s, lease: decide(s, lease, Outcome.PROMOTE),
    lambda s, lease: s.enter(lease, Phase.PROMOTE),
    lambda s, _: s.register(s.unregistered()[0].id, version=1) if s.unregistered() else None,
    lambda s, lease: s.finish(lease, JobState.SUCCEEDED, spent_seconds=1, outcome={"decision": "promote"}),
]


def _run(place: Path, deaths: list[tuple[int, bool]]) -> dict[str, object]:
    """Write everything; each death comes after so many writes more, the last of which may be repeated."""
    store = open_store(place)
    job = store.jobs()[0].id
    done = 0
    for further, is_repeated in [*deaths, (len(WRITES), False)]:
        lease = store.claim(holder="runner", lease_seconds=60, job=job)
        if lease is None:  # it had finished
            break
        for write in WRITES[done : done + further]:
            write(store, lease)
        done += further - (is_repeated and further > 0)  # who wrote nothing repeats nothing
        store.close()
        store = open_store(place)
        store.expire(holder="runner")
    rows = canonical(store, job)
    store.close()
    return rows


@pytest.fixture(scope="module")
def queued_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one job that waits."""
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("queued") / "store.sqlite3"))
    store = open_store(path)
    store.add_job(wanted(), tenant=TENANT)
    store.close()
    return path


@pytest.fixture(scope="module")
def whole(queued_file: Path) -> dict[str, object]:
    """What a runner leaves that never died."""
    return _run_on_copy(queued_file, [])


deaths = st.lists(st.tuples(st.integers(0, len(WRITES)), st.booleans()), max_size=4)


@given(deaths=deaths)
@settings(max_examples=20, deadline=None)
def test_interrupted_and_repeated_writes_leave_the_same_rows(
    queued_file: Path, whole: dict[str, object], deaths: list[tuple[int, bool]]
) -> None:
    assert _run_on_copy(queued_file, deaths) == whole


def test_each_write_interrupted_and_repeated_leaves_the_same_rows(
    queued_file: Path, whole: dict[str, object]
) -> None:
    assert _run_on_copy(queued_file, [(1, False), *[(2, True)] * len(WRITES)]) == whole


def _run_on_copy(file: Path, deaths: list[tuple[int, bool]]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(shutil.copy(file, folder)), deaths)
