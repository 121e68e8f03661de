"""One small job with everything real, in this process: embedded nets, folder registry, one thread."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from numbers_job import NumbersHome

from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import JobRequest
from automl_tl.domain.promotion import Decided
from automl_tl.executors.base import Worker
from automl_tl.executors.inline import InlineExecutor
from automl_tl.wiring.worker import TransferWorker


@dataclass
class RealHome(NumbersHome):
    """A home with one more submitted job; several on the same root share its store and registry."""

    dataset: Path = field(kw_only=True)
    space: str = field(kw_only=True)

    def request(self) -> JobRequest:
        source = DatasetSource(path=str(self.dataset))
        return replace(super().request(), dataset=source, space=self.space)

    def decided(self, worker: Worker | None = None) -> Decided:
        """Run the job to its end: what was decided."""
        worker = worker or TransferWorker(self.settings)
        self.attempt(executor=InlineExecutor(worker, threads=0))
        decided = self.store.decision(self.job)
        assert decided is not None, self.store.job(self.job).failure
        return decided
