"""What the one memory can do; every write may happen twice without harm."""

from collections.abc import Callable
from typing import Protocol

from automl_tl.store.protocol.datasets import Datasets
from automl_tl.store.protocol.deletions import Deletions
from automl_tl.store.protocol.evaluations import Evaluations
from automl_tl.store.protocol.events import Events
from automl_tl.store.protocol.jobs import Jobs
from automl_tl.store.protocol.keys import Audit, Keys
from automl_tl.store.protocol.projections import Projections
from automl_tl.store.protocol.proofs import Proofs
from automl_tl.store.protocol.queue import Queues
from automl_tl.store.protocol.schedules import Schedules
from automl_tl.store.protocol.trials import Trials
from automl_tl.store.protocol.webhooks import Webhooks


class Store(
    Jobs,
    Queues,
    Datasets,
    Trials,
    Proofs,
    Projections,
    Evaluations,
    Deletions,
    Schedules,
    Keys,
    Audit,
    Webhooks,
    Events,
    Protocol,
):
    """All of it."""

    def now(self) -> float:
        """The database's clock, seconds since the epoch."""

    def time_accesses(self, tell: Callable[[str, float], None]) -> None:
        """From now on tell of each ``read`` and ``write`` how many seconds it took, waiting included."""

    def close(self) -> None:
        """Give every connection back."""
