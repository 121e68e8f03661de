"""One name whose jobs decide as they are told, in a store and a registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.champions.reconciler import reconcile
from automl_tl.champions.steering import Steering
from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.gate import Decision, Gain, Interval, Outcome, Proof
from automl_tl.domain.job import DEFAULT_TENANT, ExecutorKind, JobRequest, JobState, Lease
from automl_tl.domain.promotion import Decided
from automl_tl.model.digest import digest
from automl_tl.registry.base import Registry
from automl_tl.registry.mlflow_registry import MlflowRegistry

ALIASES = ("champion", "challenger", "previous")
PROOF = Proof(
    metric="accuracy",
    samples=100,
    opening=1,
    alpha=0.05,
    values={"challenger": 0.9, "majority": 0.5},
    intervals={"challenger": Interval(low=0.8, high=0.95), "majority": Interval(low=0.4, high=0.6)},
    gains=(Gain(over="majority", mean=0.4, interval=Interval(low=0.3, high=0.5)),),
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A name, and what its jobs, people and strangers do to it."""

    store: Any
    registry: Registry
    artifact: Path
    name: str

    def lease(self) -> Lease:
        """A job of the name, running."""
        request = JobRequest(
            name=self.name,
            dataset=DatasetSource(path="/nowhere"),
            space="[space]",
            executor=ExecutorKind.INLINE,
        )
        lease: Lease = self.store.begin_job(
            request, tenant=DEFAULT_TENANT, holder="test", lease_seconds=600.0
        )
        return lease

    def decide(self, outcome: Outcome | str, *, lease: Lease | None = None, **lineage: object) -> Decided:
        """Let a job end with that outcome; nothing is registered yet."""
        lease = lease or self.lease()
        decided: Decided = self.decide_only(lease, Outcome(outcome), **lineage)
        self.store.finish(lease, JobState.SUCCEEDED, spent_seconds=1.0, outcome={})
        return decided

    def decide_only(self, lease: Lease, outcome: Outcome, **lineage: object) -> Decided:
        """The decision alone; its job runs on."""
        champion = self.store.model(tenant=DEFAULT_TENANT, name=self.name).champion
        decided: Decided = self.store.decide(
            lease,
            decision=Decision(outcome=outcome, reason=f"it was to {outcome}"),
            proof=PROOF,
            artifact=str(self.artifact),
            digest=digest(self.artifact),
            lineage=lineage,
            against=None if champion is None else champion.id,
        )
        return decided

    def reconcile(self) -> int:
        """As the reconciler does."""
        return reconcile(self.store, self.registry)

    @property
    def steering(self) -> Steering:
        """As a person does, with whatever loads."""
        return Steering(
            self.store, tenant=DEFAULT_TENANT, try_out=lambda name, version: None, look=self.reconcile
        )

    def aliases(self) -> dict[str, int | None]:
        """Where the registry's aliases are."""
        return {alias: self.registry.alias(self.name, alias) for alias in ALIASES}

    def moves(self) -> list[tuple[str, int | None]]:
        """Every move of the champion's alias, the oldest first."""
        moves = self.store.promotions(tenant=DEFAULT_TENANT, name=self.name)
        return [(str(move.kind), move.version) for move in reversed(moves)]

    def held(self) -> str | None:
        """Why the name is held."""
        held: str | None = self.store.model(tenant=DEFAULT_TENANT, name=self.name).held
        return held

    def champion(self) -> int | None:
        """The version that the next challenger has to beat."""
        champion = self.store.model(tenant=DEFAULT_TENANT, name=self.name).champion
        return None if champion is None else champion.version

    def register_foreign(self, decision: str = "d-of-another-home") -> int:
        """A version that no decision of this store stands behind."""
        return self.registry.register(name=self.name, artifact=self.artifact, decision=decision, tags={})

    def delete(self, version: int) -> None:
        """What somebody does in the registry itself."""
        if isinstance(self.registry, MlflowRegistry):
            self.registry._connection.client.delete_model_version(self.name, str(version))
            return
        folder = self.registry.fetch(self.name, version)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder.with_name(f"{version}.json").unlink()
