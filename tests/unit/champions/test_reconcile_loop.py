"""The registry follows what is decided, and is waited for while it is down."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from patience import WAIT_SECONDS

from automl_tl.champions import reconcile_loop
from automl_tl.champions.reconcile_loop import PATROL_SECONDS, ReconcileLoop
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.errors import RegistryUnavailable
from automl_tl.store.base import Store


@contextmanager
def looping(
    store: Store, reconcile: Callable[[], int], *, patrol_seconds: float = PATROL_SECONDS
) -> Iterator[None]:
    loop = ReconcileLoop(store, reconcile, look_seconds=0.01, patrol_seconds=patrol_seconds)
    loop.start()
    try:
        yield
    finally:
        loop.stop()


def test_reconciles_at_the_start_and_after_each_decision_only(store: Store) -> None:
    done = threading.Semaphore(0)

    def reconcile() -> int:
        done.release()
        return 0

    with looping(store, reconcile):
        assert done.acquire(timeout=WAIT_SECONDS)

        store.append(EventKind.JOB_QUEUED, tenant=DEFAULT_TENANT, job=None, data={})
        assert not done.acquire(timeout=0.1)

        store.append(EventKind.DECIDED, tenant=DEFAULT_TENANT, job=None, data={})
        assert done.acquire(timeout=WAIT_SECONDS)


@pytest.mark.parametrize("error", [RegistryUnavailable("it is down"), ZeroDivisionError("a surprise")])
def test_registry_that_is_down_is_waited_for(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(reconcile_loop, "SHORTEST_PAUSE", 0.01)
    tries: list[int] = []
    up = threading.Event()

    def reconcile() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise error
        up.set()
        return 1

    with looping(store, reconcile):
        assert up.wait(WAIT_SECONDS)

    assert len(tries) == 3


def test_looks_for_moves_by_hand_without_a_cause(store: Store) -> None:
    done = threading.Semaphore(0)

    def reconcile() -> int:
        done.release()
        return 0

    with looping(store, reconcile, patrol_seconds=0.02):
        for _ in range(3):
            assert done.acquire(timeout=WAIT_SECONDS)
