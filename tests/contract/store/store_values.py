"""Small values that the store's tests write, and the rows that must not depend on when anything happened."""

from dataclasses import replace

from automl_tl.domain.dataset import (
    DataReport,
    DatasetSource,
    Leaks,
    Manifest,
    Modality,
    Sample,
    Split,
    Verdict,
)
from automl_tl.domain.gate import Decision, Gain, Interval, Outcome, Proof
from automl_tl.domain.job import JobRequest, Lease
from automl_tl.domain.promotion import Decided
from automl_tl.domain.trial import Configuration, Report, Trial
from automl_tl.store.sql import SqlStore

TENANT = "default"
PROOF = Proof(
    metric="accuracy",
    samples=360,
    opening=1,
    alpha=0.05,
    values={"challenger": 0.98, "majority": 0.1},
    intervals={"challenger": Interval(low=0.97, high=0.99)},
    gains=(Gain(over="majority", mean=0.88, interval=Interval(low=0.85, high=0.9)),),
)
DATA_REPORT = DataReport(
    modality=Modality.IMAGE,
    samples=2,
    unreadable=0,
    leaks=Leaks(),
    label_conflicts=0,
    verdict=Verdict.OK,
    classes={"a": 1, "b": 1},
    splits={"train": 1, "test": 1},
    notes=("all is well",),
)


def wanted(name: str = "digits", *, metric: str = "accuracy", priority: int = 0) -> JobRequest:
    return JobRequest(
        name=name, dataset=DatasetSource(path="/data"), space="[space]", metric=metric, priority=priority
    )


def claimed(store: SqlStore, name: str = "digits", *, lease_seconds: float = 60.0) -> Lease:
    job = store.add_job(wanted(name), tenant=TENANT)
    lease = store.claim(holder="runner", lease_seconds=lease_seconds, job=job.id)
    assert lease is not None
    return lease


def waiting(store: SqlStore) -> list[str]:
    queue = store.queue()
    assert queue is not None
    return [job.job for job in queue.waiting]


def trial(number: int) -> Trial:
    configuration = Configuration(
        candidate="residual",
        freeze_depth=2,
        learning_rate=1e-3,
        head_learning_rate=1e-2,
        weight_decay=1e-4,
        augmentation=0.5,
    )
    return Trial(number=number, seed=2**40 + number, configuration=configuration)


def report(epoch: int, value: float = 0.5) -> Report:
    return Report(
        epoch=epoch,
        value=value,
        loss=1.25,
        checkpoint=f"checkpoints/{epoch}",
        seconds=0.1,
        multiply_adds=2**40,
        train_value=0.75,
        steps=12,
        notes="micro-batch 8",
    )


def manifest(fingerprint: str = "f1", *, splits: dict[str, Split] | None = None) -> Manifest:
    splits = splits or {"aa": Split.TRAIN, "bb": Split.TEST}
    return Manifest(
        fingerprint=fingerprint,
        dataset_name="digits",
        modality=Modality.IMAGE,
        root="/data",
        classes=("a", "b"),
        samples=tuple(
            Sample(path=f"{sha256}.png", size=1, sha256=sha256, label="a", split=split)
            for sha256, split in splits.items()
        ),
    )


def decide(
    store: SqlStore, lease: Lease, outcome: Outcome = Outcome.PROMOTE, *, against: str | None = None
) -> Decided:
    return store.decide(
        lease,
        decision=Decision(outcome=outcome, reason="it is better"),
        proof=PROOF,
        artifact=f"/jobs/{lease.job}/artifacts/0",
        digest="d" * 64,
        lineage={"trial": 0, "retest": 0.97},
        against=against,
    )


def canonical(store: SqlStore, job: str) -> dict[str, object]:
    """Everything that a job left, without times, leases and events."""
    kept = store.job(job)
    decided = store.decision(job)
    lines = store.promotions(tenant=kept.tenant, name=kept.request.name)
    return {
        "job": replace(
            kept, created=0.0, started=None, claimed=None, finished=None, spent_seconds=0.0, attempts=0
        ),
        "data": (store.data_report(job), store.splits(tenant=kept.tenant, dataset_name=kept.request.name)),
        "measurements": store.measurements(job),
        "trials": store.trials(job),
        "openings": store.openings(tenant=kept.tenant, name=kept.request.name),
        "decision": None if decided is None else replace(decided, time=0.0),
        "promotions": [(move.kind, move.decision, move.version, move.reason) for move in lines],
    }
