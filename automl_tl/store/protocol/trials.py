"""What keeps the rows of a study."""

from collections.abc import Sequence
from typing import Protocol

from automl_tl.domain.budget import Spent
from automl_tl.domain.job import Lease
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.past import PastResult
from automl_tl.domain.trial import Report, Trial, TrialState


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

    def values_over_time(self, job: str) -> tuple[tuple[float, float], ...]:
        """When each report of a job came (seconds since the epoch), and its value if that is a number."""

    def spent(self, job: str) -> Spent:
        """Trials started and epochs reported; seconds as of the last claim's end."""
