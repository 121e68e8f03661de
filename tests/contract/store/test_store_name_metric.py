"""A name's metric: said by its first job, or left to the first data that are read for it."""

from dataclasses import replace

import pytest
from store_values import DATA_REPORT, TENANT, manifest, wanted

from automl_tl.domain.events import EventKind
from automl_tl.domain.metric import UNSETTLED
from automl_tl.errors import Conflict
from automl_tl.store.sql import SqlStore

UNEVEN = replace(DATA_REPORT, classes={"a": 30, "b": 3})


def checked(store: SqlStore, job: str) -> str:
    """The job's metric once its data were read."""
    lease = store.claim(holder="runner", lease_seconds=60, job=job)
    assert lease is not None
    store.freeze(lease, manifest(), path="/m", report=UNEVEN)
    return store.job(job).request.metric


def test_data_settle_what_nobody_said(store: SqlStore) -> None:
    first, second = (store.add_job(wanted(metric=UNSETTLED), tenant=TENANT) for _ in range(2))
    assert store.model(tenant=TENANT, name="digits").metric == UNSETTLED

    assert checked(store, first.id) == "balanced_accuracy"

    later = store.add_job(wanted(metric=UNSETTLED), tenant=TENANT)
    assert (checked(store, second.id), later.request.metric) == ("balanced_accuracy",) * 2
    assert store.model(tenant=TENANT, name="digits").metric == "balanced_accuracy"
    told = [e.data["metric"] for e in store.events() if e.kind == EventKind.DATA_CHECKED]
    assert told == ["balanced_accuracy"] * 2
    with pytest.raises(Conflict, match=r"balanced_accuracy.*accuracy"):
        store.add_job(wanted(metric="accuracy"), tenant=TENANT)


def test_whoever_names_a_metric_first_settles_it_for_those_who_left_it_open(store: SqlStore) -> None:
    open_job = store.add_job(wanted(metric=UNSETTLED), tenant=TENANT)

    named = store.add_job(wanted(metric="macro_f1"), tenant=TENANT)

    assert (checked(store, open_job.id), named.request.metric) == ("macro_f1", "macro_f1")
