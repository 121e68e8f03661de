"""The queue as it stands: who waits, who runs, how each tenant stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from automl_tl.domain.job import Wish
from automl_tl.domain.quota import NO_QUOTA, Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A queued job; ``sequence`` rises with age's opposite: the oldest has the lowest."""

    job: str
    tenant: str
    name: str
    priority: int
    sequence: int
    budget_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A job that runs; ``seconds`` is what it has taken so far, earlier claims included.

    ``served`` is the number of the claim that began it.
    """

    job: str
    tenant: str
    name: str
    priority: int
    holder: str
    served: int = 0
    wish: Wish = Wish.NONE
    seconds: float = 0.0
    budget_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a tenant stands: the claim that served it last, by number (0: none), and what its quota counts.

    ``seconds`` are counted only where the quota bounds them.
    """

    served: int = 0
    running: int = 0
    seconds: float = 0.0
    quota: Quota = NO_QUOTA

    @property
    def is_full(self) -> bool:
        """Whether as many of its jobs run as may."""
        most = self.quota.running_jobs
        return most is not None and self.running >= most

    @property
    def is_spent(self) -> bool:
        """Whether its compute seconds are used up."""
        most = self.quota.compute_seconds
        return most is not None and self.seconds >= most


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How long a finished job took in all, beside its budget."""

    tenant: str
    name: str
    seconds: float
    budget_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Everything that decides who comes next, and when; ``claims`` is the number of the latest claim."""

    claims: int = 0
    waiting: tuple[Waiting, ...] = ()
    running: tuple[Running, ...] = ()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    took: tuple[Took, ...] = ()

    def standing(self, tenant: str) -> Standing:
        """How a tenant stands."""
        return self.standings.get(tenant, Standing())
