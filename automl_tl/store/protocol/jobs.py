"""What the queue of jobs can do."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from automl_tl.domain.audit import Deed
from automl_tl.domain.job import Job, JobRequest, JobState, Lease, Phase, Wish
from automl_tl.domain.quota import NO_QUOTA, Quota


class Jobs(Protocol):
    """The durable queue. Raises StoreUnavailable when the database does not answer."""

    def add_job(
        self, request: JobRequest, *, tenant: str, key: str | None = None, deed: Deed | None = None
    ) -> Job:
        """Queue a job; the same idempotency ``key`` gives the same job.

        ``deed`` is noted in the audit log, the job as its target, in the one transaction with the job.
        Raises Conflict, and keeps nothing, when the metric is not the one that the name's first job fixed, or
        ``key`` was used for another request.
        """

    def job(self, id: str) -> Job:
        """The job of that id; raises NotFound."""

    def jobs(
        self,
        *,
        tenant: str | None = None,
        name: str | None = None,
        states: Sequence[JobState] = (),
        before: str | None = None,
        limit: int = 100,
    ) -> tuple[Job, ...]:
        """The newest jobs first; no states: all of them. ``before``: only jobs older than that one.

        Raises NotFound where there is no job ``before``.
        """

    def count_jobs(self, *, tenant: str | None = None) -> dict[JobState, int]:
        """How many jobs stand in each state; None: of all tenants."""

    def claim(
        self, *, holder: str, lease_seconds: float, job: str | None = None, quota: Quota = NO_QUOTA
    ) -> Lease | None:
        """Take a running job whose lease ran out, else the next queued one (or ``job``); None: nothing to do.

        Who comes next is told in ``domain.queue_order``; ``quota`` is that of tenants without one of their
        own. The fence rises by one with every claim.
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
        """A person cancels, discards, pauses, or (NONE) resumes; a job that does not run moves at once.

        What is discarded counts as swept; jobs that failed or were cancelled may be discarded too.

        Raises Conflict where the job's state does not allow it.
        """

    def retry(self, id: str) -> Job:
        """Queue a failed or cancelled job again; raises Conflict, also where its checkpoints were let go."""

    def sweep(self, id: str) -> bool:
        """Write down that an ended job's checkpoints are let go, so that it is not tried again.

        False: it has not ended, or goes on again; then nothing of it may be deleted.
        """
