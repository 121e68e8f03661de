"""A job's whole way put into a store by hand, as a runner would write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import (
    DataReport,
    DatasetSource,
    Leaks,
    Manifest,
    Modality,
    Rejected,
    Sample,
    Split,
    Verdict,
)
from automl_tl.domain.gate import Decision, Gain, Interval, Outcome, Proof
from automl_tl.domain.job import JobRequest, JobState, Lease, Phase
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.promotion import Decided
from automl_tl.domain.trial import Configuration, Outlay, Report, Trial, TrialState
from automl_tl.model.digest import digest
from automl_tl.store.base import Store

SPACE = '[space]\nname = "drawn"\n'
LEASE_SECONDS = 600.0
OUTLAY = Outlay(
    way="from-boundary",
    epochs=2,
    samples=1076,
    frozen_passes=538.0,
    opening_seconds=0.1,
    keeping_seconds=0.1,
    head_seconds=0.05,
    training_seconds=0.2,
    reading_seconds=0.05,
    spared_passes=1166.0,
    hits=1076,
    misses=180,
    evicted_bytes=4096,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One trial of a played job: its configuration in short, its values by epoch, its end."""

    candidate: str
    freeze_depth: int
    learning_rate: float
    values: Mapping[int, float]
    end: TrialState = TrialState.PRUNED
    failure: str | None = None


PLAYS = (
    Play(candidate="resnet-tiny", freeze_depth=2, learning_rate=1e-3, values={1: 0.71, 3: 0.86}),
    Play(candidate="mobile-tiny", freeze_depth=1, learning_rate=2e-3, values={1: 0.64}),
    Play(candidate="vit-tiny", freeze_depth=4, learning_rate=5e-4, values={1: 0.42}),
    Play(
        candidate="resnet-tiny",
        freeze_depth=0,
        learning_rate=4e-3,
        values={1: 0.78, 3: 0.93, 9: 0.981},
        end=TrialState.COMPLETE,
    ),
    Play(
        candidate="vgg-tiny",
        freeze_depth=0,
        learning_rate=0.2,
        values={},
        end=TrialState.FAILED,
        failure="the loss was nan after 12 steps",
    ),
    Play(candidate="resnet-tiny", freeze_depth=1, learning_rate=8e-3, values={1: 0.8, 3: 0.94}),
)


def request(name: str = "digits", *, dataset: str = "/data/digits", **more: object) -> JobRequest:
    """A job request as the web would make it."""
    budget = Budget(seconds=600.0, trials=20)
    source = DatasetSource(path=dataset)
    return JobRequest(name=name, dataset=source, space=SPACE, budget=budget, **more)  # type: ignore[arg-type]


def begin(store: Store, *, name: str = "digits", tenant: str = "default") -> Lease:
    """Queue a job and claim it."""
    job = store.add_job(request(name), tenant=tenant)
    lease = store.claim(holder="runner-1", lease_seconds=LEASE_SECONDS, job=job.id)
    assert lease is not None
    return lease


def check(store: Store, lease: Lease, *, name: str = "digits") -> None:
    """The check and score phases."""
    store.enter(lease, Phase.CHECK)
    store.freeze(lease, manifest(name), path="/home/manifests/f.jsonl", report=data_report())
    store.enter(lease, Phase.SCORE)
    store.measure(lease, Measurement(kind="facts", key="resnet-tiny", value={"parameters": 4}))
    reason = {"reason": "12.0 ms a sample, but at most 5.0 ms are allowed"}
    store.measure(lease, Measurement(kind="left-out", key="swin-huge", value=reason))


def search(store: Store, lease: Lease, *, plays: tuple[Play, ...] = PLAYS, first: int = 0) -> None:
    """The search phase, one trial after another."""
    store.enter(lease, Phase.SEARCH)
    for number, play in enumerate(plays, start=first):
        run_trial(store, lease, play, number=number)


def run_trial(store: Store, lease: Lease, play: Play, *, number: int) -> None:
    """One trial from its proposal to its end."""
    propose(store, lease, play, number=number)
    rungs = sorted(play.values)
    for epoch in rungs:
        store.start(lease, number=number, until_epoch=epoch)
        is_last = epoch == rungs[-1] and play.end is TrialState.COMPLETE
        state = TrialState.COMPLETE if is_last else TrialState.WAITING
        store.settle(lease, number=number, report=report(play, epoch), state=state)
    if not rungs:
        store.start(lease, number=number, until_epoch=1)
    if play.end is not TrialState.COMPLETE:
        store.end(lease, numbers=(number,), state=play.end, failure=play.failure)


def propose(store: Store, lease: Lease, play: Play, *, number: int) -> None:
    """Keep a trial as proposed."""
    configuration = Configuration(
        candidate=play.candidate,
        freeze_depth=play.freeze_depth,
        learning_rate=play.learning_rate,
        head_learning_rate=play.learning_rate * 10,
        weight_decay=1e-4,
        augmentation=0.3,
    )
    origin = "default" if number == 0 else "sampler"
    store.propose(lease, Trial(number=number, seed=number, configuration=configuration, origin=origin))


def report(play: Play, epoch: int) -> Report:
    """What an evaluation until ``epoch`` found."""
    return Report(
        epoch=epoch,
        value=play.values[epoch],
        loss=1 - play.values[epoch],
        checkpoint=f"checkpoints/{epoch}",
        seconds=0.5,
        multiply_adds=1000,
        outlay=OUTLAY,
    )


def prove(
    store: Store,
    lease: Lease,
    *,
    name: str = "digits",
    outcome: Outcome = Outcome.PROMOTE,
    artifact: Path | None = None,
) -> Decided:
    """The prove phase; without ``artifact`` there is none to register."""
    store.enter(lease, Phase.PROVE)
    fingerprint = manifest(name).fingerprint
    store.open_test(lease, tenant="default", name=name, fingerprint=fingerprint, samples=["a", "b"])
    champion = store.model(tenant="default", name=name).champion
    lineage = {
        "trial": 3,
        "candidate": "resnet-tiny",
        "freeze_depth": 0,
        "validation": 0.981,
        "retest": 0.979,
    }
    return store.decide(
        lease,
        decision=Decision(outcome=outcome, reason="beats the majority class by 0.884 (0.861 to 0.907)"),
        proof=proof(),
        artifact="/home/jobs/j/artifacts/3" if artifact is None else str(artifact),
        digest="a" * 64 if artifact is None else digest(artifact),
        lineage=lineage,
        against=None if champion is None else champion.id,
    )


def finish(store: Store, lease: Lease, decided: Decided, *, version: int = 1) -> None:
    """The promote phase and the end."""
    store.enter(lease, Phase.PROMOTE)
    store.register(decided.id, version=version)
    outcome = {
        "job": lease.job,
        "name": decided.name,
        "state": "succeeded",
        "decision": str(decided.decision.outcome),
        "reason": decided.decision.reason,
        "version": version,
        "champion_version": version,
        "candidate": "resnet-tiny",
        "freeze_depth": 0,
        "metric": "accuracy",
        "validation": 0.981,
        "retest": 0.979,
        "test": 0.976,
        "test_interval": [0.96, 0.987],
        "baselines": {"majority": 0.1, "cheap": 0.93, "scratch": 0.95},
        "trials": 6,
        "seconds": 71.2,
        "best_so_far": [[3.1, 0.71], [9.0, 0.981]],
    }
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=71.2, outcome=outcome)


def play_job(store: Store, *, name: str = "digits", version: int = 1) -> str:
    """A whole job that ended with a promotion; its id."""
    lease = begin(store, name=name)
    check(store, lease, name=name)
    search(store, lease)
    finish(store, lease, prove(store, lease, name=name), version=version)
    return lease.job


def proof() -> Proof:
    """One reading of the test with every baseline."""
    values = {"challenger": 0.976, "cheap": 0.931, "scratch": 0.95, "majority": 0.101}
    intervals = {name: Interval(low=value - 0.016, high=value + 0.011) for name, value in values.items()}
    gains = tuple(
        Gain(over=name, mean=0.976 - value, interval=Interval(low=0.966 - value, high=0.986 - value))
        for name, value in values.items()
        if name != "challenger"
    )
    return Proof(
        metric="accuracy", samples=360, opening=1, alpha=0.05, values=values, intervals=intervals, gains=gains
    )


def manifest(dataset_name: str) -> Manifest:
    """Four samples, one of each split."""
    samples = tuple(
        Sample(path=f"a/{split}.png", size=10, sha256=f"{dataset_name}-{split}", label="a", split=split)
        for split in Split
    )
    return Manifest(
        fingerprint="f" * 64,
        dataset_name=dataset_name,
        modality=Modality.IMAGE,
        root="/data/digits",
        classes=("a", "b"),
        samples=samples,
    )


def data_report() -> DataReport:
    """A report with something to tell."""
    return DataReport(
        modality=Modality.IMAGE,
        samples=1795,
        unreadable=2,
        leaks=Leaks(exact=1),
        label_conflicts=0,
        verdict=Verdict.REPAIRED,
        classes={str(digit): 174 + digit for digit in range(10)},
        splits={"train": 1076, "validation": 180, "retest": 180, "test": 359},
        notes=("1 sample of training stands in test too and was dropped from training",),
        rejected=(Rejected(path="7/broken.png", reason="the picture is truncated"),),
    )
