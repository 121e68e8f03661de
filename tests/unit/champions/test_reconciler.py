"""Registry and store agree in the end, wherever the reconciler was killed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from automl_tl.champions.alignment import CHALLENGER, CHAMPION, PREVIOUS
from automl_tl.champions.reconciler import reconcile
from automl_tl.domain.gate import Decision, Interval, Outcome, Proof
from automl_tl.domain.job import DEFAULT_TENANT, Job, JobState
from automl_tl.domain.promotion import Decided, PromotionKind
from automl_tl.errors import RegistryUnavailable
from automl_tl.model.digest import digest
from automl_tl.registry.base import Registry
from automl_tl.registry.folder import FolderRegistry
from automl_tl.store.base import Store

Decide = Callable[..., Decided]
LINE = {"tenant": DEFAULT_TENANT, "name": "digits"}


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    return FolderRegistry(tmp_path / "registry")


@pytest.fixture
def decide(store: Store, queue: Callable[..., Job], tmp_path: Path) -> Decide:
    """Decide one job with an artifact of its own."""

    def decide(outcome: Outcome, *, name: str = "digits") -> Decided:
        job = queue(name)
        lease = store.claim(holder="test:1:2.0", lease_seconds=60.0, job=job.id)
        assert lease is not None
        artifact = tmp_path / "artifacts" / job.id
        artifact.mkdir(parents=True)
        (artifact / "model.json").write_text(f'"{job.id}"')
        champion = store.model(tenant=DEFAULT_TENANT, name=name).champion
        decided = store.decide(
            lease,
            decision=Decision(outcome=outcome, reason=f"it was to {outcome}"),
            proof=Proof(
                metric="accuracy",
                samples=100,
                opening=1,
                alpha=0.05,
                values={"challenger": 0.9},
                intervals={"challenger": Interval(low=0.8, high=0.95)},
                gains=(),
            ),
            artifact=str(artifact),
            digest=digest(artifact),
            lineage={"candidate": "tiny", "freeze_depth": 2},
            against=None if champion is None else champion.id,
        )
        store.finish(lease, JobState.SUCCEEDED, spent_seconds=1.0, outcome={})
        return decided

    return decide


def aliases(registry: Registry, name: str = "digits") -> dict[str, int | None]:
    return {alias: registry.alias(name, alias) for alias in (CHAMPION, CHALLENGER, PREVIOUS)}


def test_promoted_challenger_becomes_champion(store: Store, registry: FolderRegistry, decide: Decide) -> None:
    decided = decide(Outcome.PROMOTE)

    assert reconcile(store, registry) == 3  # registered, champion, challenger

    assert store.decided(decided.id).version == 1
    assert store.promotions(**LINE)[0].version == 1
    assert aliases(registry) == {CHAMPION: 1, CHALLENGER: 1, PREVIOUS: None}
    (version,) = registry.versions("digits")
    assert version.tags["automl_tl.candidate"] == "tiny"
    assert (registry.fetch("digits", 1) / "model.json").read_text() == f'"{decided.job}"'


def test_nothing_is_done_twice(store: Store, registry: FolderRegistry, decide: Decide) -> None:
    decide(Outcome.PROMOTE)
    reconcile(store, registry)

    assert reconcile(store, registry) == 0


def test_kept_challenger_is_registered_beside_the_champion(
    store: Store, registry: FolderRegistry, decide: Decide
) -> None:
    for outcome in (Outcome.PROMOTE, Outcome.KEEP, Outcome.REFUSE):
        decide(outcome)

    reconcile(store, registry)

    assert [version.number for version in registry.versions("digits")] == [2, 1]
    assert aliases(registry) == {CHAMPION: 1, CHALLENGER: 2, PREVIOUS: None}


def test_rollback_swaps_champion_and_previous(store: Store, registry: FolderRegistry, decide: Decide) -> None:
    first = decide(Outcome.PROMOTE)
    decide(Outcome.PROMOTE)
    reconcile(store, registry)
    assert aliases(registry) == {CHAMPION: 2, CHALLENGER: 2, PREVIOUS: 1}

    store.promote(**LINE, decision=first.id, kind=PromotionKind.ROLLBACK, reason="it drifted")
    reconcile(store, registry)

    assert aliases(registry) == {CHAMPION: 1, CHALLENGER: 2, PREVIOUS: 2}


def test_lost_artifact_does_not_hold_up_the_others(
    store: Store, registry: FolderRegistry, decide: Decide
) -> None:
    lost = decide(Outcome.PROMOTE, name="lost")
    decide(Outcome.PROMOTE)
    for file in Path(lost.artifact).iterdir():
        file.unlink()
    Path(lost.artifact).rmdir()

    reconcile(store, registry)

    assert registry.alias("digits", CHAMPION) == 1
    assert store.unregistered() == (lost,)


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """A store or registry whose process dies just before or just after its n-th write, or just refuses it."""

    WRITES = ("register", "point")

    def __init__(self, part: object, lives: list[int], *, after: bool, error: BaseException) -> None:
        self._part = part
        self._lives = lives  # shared between store and registry
        self._after = after
        self._error = error

    def __getattr__(self, name: str) -> object:
        method = getattr(self._part, name)
        if name not in self.WRITES:
            return method

        def write(*arguments: object, **named: object) -> object:
            self._lives[0] -= 1
            if self._lives[0] < 0 and not self._after:
                raise self._error
            result = method(*arguments, **named)
            if self._lives[0] < 0:
                raise self._error
            return result

        return write


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [Killed(), RegistryUnavailable("it is down")], ids=["killed", "down"])
def test_ends_the_same_wherever_it_was_killed(
    store: Store, registry: FolderRegistry, decide: Decide, after: bool, error: BaseException
) -> None:
    for outcome in (Outcome.PROMOTE, Outcome.KEEP, Outcome.PROMOTE):
        decide(outcome)

    for life in range(20):  # each time it comes one write further, then dies
        lives = [life]
        mortal = [Mortal(part, lives, after=after, error=error) for part in (store, registry)]
        try:
            if reconcile(*mortal) == 0:  # type: ignore[arg-type]
                break
        except (Killed, RegistryUnavailable):
            continue

    assert store.unregistered() == ()
    assert [version.number for version in registry.versions("digits")] == [3, 2, 1]
    assert aliases(registry) == {CHAMPION: 3, CHALLENGER: 3, PREVIOUS: 1}
    assert reconcile(store, registry) == 0
