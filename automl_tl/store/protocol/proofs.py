"""What keeps openings, decisions and promotions."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from automl_tl.domain.gate import Decision, Opening, Proof
from automl_tl.domain.job import Lease
from automl_tl.domain.promotion import Decided, ModelLine, Promotion, PromotionKind


class Proofs(Protocol):
    """The ledger of the sealed test, the decisions, and who was champion when."""

    def open_test(
        self, lease: Lease, *, tenant: str, name: str, fingerprint: str, samples: Sequence[str]
    ) -> Opening:
        """Count one opening (1, 2, …) of the name and one reading of each of the test's ``samples`` (sha256).

        The same job opens once: a second call gives the first opening.
        """

    def take_turn(self, lease: Lease, *, tenant: str, name: str) -> str | None:
        """Let this job alone prove for the name; None: it may, else the job whose turn it is.

        The turn ends with the decision, or with the job's run, however that ends. Raises LeaseLost,
        NotFound.
        """

    def openings(self, *, tenant: str, name: str) -> int:
        """How often the name's test has been opened, by proofs and by evaluations."""

    def decide(
        self,
        lease: Lease,
        *,
        decision: Decision,
        proof: Proof,
        artifact: str,
        digest: str,
        lineage: Mapping[str, object],
        against: str | None,
    ) -> Decided:
        """Keep the decision, and with PROMOTE the promotion, in one durable transaction.

        ``against`` is the decision id of the champion that was beaten; Conflict when another is champion by
        now. The same job decides once: a second call gives the first decision.
        """

    def decision(self, job: str) -> Decided | None:
        """The job's decision, if there is one."""

    def decided(self, id: str) -> Decided:
        """The decision of that id; raises NotFound."""

    def unregistered(self) -> tuple[Decided, ...]:
        """Decisions whose artifact has no version in the registry yet (PROMOTE and KEEP), oldest first."""

    def register(self, id: str, *, version: int) -> None:
        """The registry's number for a decision's artifact; the promotion behind it takes the same number."""

    def model(self, *, tenant: str, name: str) -> ModelLine:
        """One name and its champion; raises NotFound."""

    def models(self, *, tenant: str | None = None) -> tuple[ModelLine, ...]:
        """Every name, by name."""

    def versions(self, *, tenant: str, name: str, standing: bool = False) -> tuple[Decided, ...]:
        """Every decision of a name that has an artifact, newest first; ``standing``: but for those gone.

        What is gone grows for ever: whoever comes by often asks for the standing ones.
        """

    def deleted(self, *, tenant: str, name: str) -> frozenset[int]:
        """The numbers of a name's versions that were deleted here; the registry may not know it yet."""

    def promotions(self, *, tenant: str, name: str) -> tuple[Promotion, ...]:
        """Every move of the alias ``champion``, newest first."""

    def hold(self, *, tenant: str, name: str, reason: str | None) -> None:
        """Keep every decision from promoting, or with None let it again; raises NotFound."""

    def promote(
        self,
        *,
        tenant: str,
        name: str,
        decision: str | None,
        kind: PromotionKind,
        reason: str,
        hold: str | None = None,
    ) -> Promotion:
        """A person moves the alias: append the fact; ``hold`` also holds the name."""
