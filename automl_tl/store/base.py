"""What the one memory can do; every write may happen twice without harm."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from automl_tl.domain.budget import Spent
from automl_tl.domain.dataset import DataReport, Manifest, Split
from automl_tl.domain.events import Event, EventKind
from automl_tl.domain.gate import Decision, Opening, Proof
from automl_tl.domain.job import Job, JobRequest, JobState, Lease, Phase, Wish
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.past import PastResult
from automl_tl.domain.projection import Projection
from automl_tl.domain.promotion import Decided, ModelLine, Promotion, PromotionKind
from automl_tl.domain.trial import Report, Trial, TrialState


class Jobs(Protocol):
    """The durable queue. Raises StoreUnavailable when the database does not answer."""

    def add_job(self, request: JobRequest, *, tenant: str, key: str | None = None) -> Job:
        """Queue a job; the same idempotency ``key`` gives the same job.

        Raises Conflict when the metric is not the one that the name's first job fixed.
        """

    def job(self, id: str) -> Job:
        """The job of that id; raises NotFound."""

    def jobs(
        self, *, tenant: str | None = None, states: Sequence[JobState] = (), limit: int = 100
    ) -> tuple[Job, ...]:
        """The newest jobs first; no states: all of them."""

    def count_jobs(self) -> dict[JobState, int]:
        """How many jobs stand in each state."""

    def position(self, id: str) -> int | None:
        """1 for the job that is claimed next, None for a job that is not queued."""

    def positions(self, ids: Sequence[str]) -> dict[str, int]:
        """The same of many jobs at once; those that are not queued are left out."""

    def claim(self, *, holder: str, lease_seconds: float, job: str | None = None) -> Lease | None:
        """Take the next queued job (or ``job``), or a running one whose lease ran out; None: nothing to do.

        Priority first, then age. The fence rises by one with every claim.
        """

    def begin_job(self, request: JobRequest, *, tenant: str, holder: str, lease_seconds: float) -> Lease:
        """Add a job and claim it in one transaction, so that no scheduler ever sees it waiting.

        Raises Conflict as ``add_job`` does.
        """

    def heartbeat(self, lease: Lease, *, lease_seconds: float) -> Wish:
        """Prolong the lease, and learn what a person wishes; raises LeaseLost."""

    def expire(self, *, holder: str) -> int:
        """Let every lease of a holder seen dead run out now; how many there were."""

    def holders(self) -> tuple[str, ...]:
        """Who holds a lease now."""

    def requeue(self, lease: Lease, *, spent_seconds: float, reason: str) -> None:
        """Give a running job back to the queue; raises LeaseLost.

        ``spent_seconds`` is this claim's alone; the attempt is not counted, since it did not fail.
        """

    def enter(self, lease: Lease, phase: Phase) -> None:
        """The job goes on to ``phase``; raises LeaseLost."""

    def finish(
        self,
        lease: Lease,
        state: JobState,
        *,
        spent_seconds: float,
        outcome: Mapping[str, object] | None = None,
        failure: str | None = None,
    ) -> None:
        """End the job (or pause it), and give the lease back; ``spent_seconds`` is this claim's alone.

        A pause gives way to a cancel that was wished meanwhile. Raises LeaseLost.
        """

    def wish(self, id: str, wish: Wish) -> Job:
        """A person cancels, pauses, or (NONE) resumes; a job that does not run moves at once.

        Raises Conflict where the job's state does not allow it.
        """

    def retry(self, id: str) -> Job:
        """Queue a failed or cancelled job again; raises Conflict, also where its checkpoints were let go."""

    def sweep(self, id: str) -> bool:
        """Write down that an ended job's checkpoints are let go, so that it is not tried again.

        False: it has not ended, or goes on again; then nothing of it may be deleted.
        """


class Datasets(Protocol):
    """Which split each sample of a dataset-name has, for ever."""

    def splits(self, *, tenant: str, dataset_name: str) -> dict[str, Split]:
        """Sample sha256 → split, of all manifests so far."""

    def freeze(self, lease: Lease, manifest: Manifest, *, path: str, report: DataReport) -> None:
        """Keep the manifest's row and its samples' splits, and tie it to the job, in one transaction."""

    def data_report(self, job: str) -> DataReport | None:
        """The report of the job's data check, None before it."""


class Trials(Protocol):
    """The study: rows that the sampler's view is a function of."""

    def measure(self, lease: Lease, measurement: Measurement) -> None:
        """Keep a measurement; the first value of a (job, kind, key) stays. Raises LeaseLost."""

    def measurements(self, job: str) -> tuple[Measurement, ...]:
        """All of a job's measurements, in the order they were kept."""

    def propose(self, lease: Lease, trial: Trial) -> None:
        """Keep a new trial as PROPOSED; the first row of a number stays. Raises LeaseLost."""

    def start(self, lease: Lease, *, number: int, until_epoch: int) -> None:
        """The trial runs to that rung now: written before it is submitted. Raises LeaseLost."""

    def settle(self, lease: Lease, *, number: int, report: Report, state: TrialState) -> None:
        """A report and the state it leads to, in one transaction; a report of an epoch already kept is not
        kept again. Raises LeaseLost."""

    def end(
        self, lease: Lease, *, numbers: Sequence[int], state: TrialState, failure: str | None = None
    ) -> None:
        """Prune, fail or cancel trials; raises LeaseLost."""

    def repeat(self, lease: Lease, *, number: int, reason: str) -> int:
        """Count one more attempt at the same evaluation (its worker was lost); how many there were."""

    def past_results(self, *, tenant: str | None) -> tuple[PastResult, ...]:
        """The best of each candidate in the newest succeeded jobs, newest job first; None: all tenants'."""

    def trials(self, job: str) -> tuple[Trial, ...]:
        """All trials of a job with their reports, by number."""

    def spent(self, job: str) -> Spent:
        """Trials started and epochs reported; seconds as of the last claim's end."""


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

    def versions(self, *, tenant: str, name: str) -> tuple[Decided, ...]:
        """Every decision of a name that has an artifact, newest first."""

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


class Projections(Protocol):
    """What was last done to the registry, so that moves by hand are told from our own unfinished ones."""

    def projection(self, *, tenant: str, name: str) -> Projection | None:
        """The alias ``champion`` as it was left, None before the first time."""

    def project(
        self, *, tenant: str, name: str, stands: int | None, wanted: int | None, revision: int
    ) -> Projection:
        """The alias is at ``stands`` and goes to ``wanted``: written before it moves, and once it has moved.

        ``revision`` is the projection's that this was decided by, 0 before the first. Raises Conflict where
        another process changed it since.
        """

    def moved_by_hand(
        self,
        *,
        tenant: str,
        name: str,
        version: int | None,
        decision: str | None,
        reason: str,
        hold: str | None,
        revision: int,
    ) -> Promotion:
        """Append the move that somebody made in the registry, and take it for the projection, in one.

        ``decision`` is the one behind the version, None for a version that is not ours, or for no version;
        ``hold`` holds the name, unless it is held already. Raises Conflict as ``project`` does.
        """

    def mark_gone(self, ids: Sequence[str], *, why: str | None = None) -> None:
        """The versions of these decisions are no longer in the registry; the first time of each stays.

        ``why`` is for a decision that never became a version, and never will.
        """


class Evaluations(Protocol):
    """What people's evaluations read of the sealed test; it counts as a proof's reading does."""

    def sealed(self, *, tenant: str, name: str, samples: Sequence[str]) -> frozenset[str]:
        """Which of these samples (sha256) are in the test of a dataset that a job of the name was given."""

    def open_for_evaluation(self, *, tenant: str, name: str, digest: str, samples: Sequence[str]) -> Opening:
        """Count one opening of the name and one reading of each sample; raises NotFound.

        The same artifact (``digest``) on the same samples tells nothing new, and is counted once.
        """


class Deletions(Protocol):
    """What was let go. Each is written before a byte is deleted, and what was decided stays for ever."""

    def delete_versions(self, *, tenant: str, name: str, decisions: Sequence[str], reason: str) -> None:
        """Write down that these registered versions go; those that went before stay as they were.

        Raises NotFound, and Conflict where one is the champion or what a rollback goes back to.
        """

    def retire(self, *, tenant: str, name: str, reason: str) -> None:
        """Write down that all of a name's versions go, and that it has no champion from now on.

        Raises NotFound, and Conflict while a job of that name runs or is being registered.
        """

    def forget(
        self,
        *,
        tenant: str,
        dataset_name: str | None,
        samples: Sequence[str],
        manifests: Sequence[str],
        told: Mapping[str, object],
    ) -> None:
        """Write down that these samples (sha256) are to be forgotten, in one dataset-name or (None) in all.

        ``manifests`` are the paths of those that hold them: the ended jobs behind them are not tried again.
        ``told`` is the event's data. Raises Conflict while a job uses one, or is only now reading its data.
        """

    def forgotten(self, *, tenant: str, dataset_name: str) -> dict[str, float]:
        """Sample sha256 → when it was forgotten, of one dataset-name and of all."""

    def change_digest(self, id: str, *, digest: str, told: Mapping[str, object]) -> None:
        """A decision's artifact has other bytes now: keep their digest, and both of them as an event."""


class Events(Protocol):
    """What happened, in commit order."""

    def append(self, kind: EventKind, *, tenant: str, job: str | None, data: Mapping[str, object]) -> None:
        """Keep one event outside any other write."""

    def events(self, *, after: int = 0, job: str | None = None, limit: int = 1000) -> tuple[Event, ...]:
        """Events with an id above ``after``, ascending."""

    def last_event(self) -> int:
        """The highest id so far, 0 before the first."""


class Store(Jobs, Datasets, Trials, Proofs, Projections, Evaluations, Deletions, Events, Protocol):
    """All of it."""

    def now(self) -> float:
        """The database's clock, seconds since the epoch."""

    def close(self) -> None:
        """Give every connection back."""
