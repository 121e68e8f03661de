"""One job from its claim to its end: check, score, search, prove, promote."""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from automl_tl.domain.dataset import Split
from automl_tl.domain.job import Job, JobState, Lease, Phase
from automl_tl.domain.promotion import Decided
from automl_tl.domain.space import Space
from automl_tl.errors import (
    AutomlError,
    LeaseLost,
    OperatorError,
    RegistryUnavailable,
    Stopped,
    StoreUnavailable,
)
from automl_tl.executors.base import Executor
from automl_tl.job import cards
from automl_tl.job.appraising import appraise
from automl_tl.job.checking import check
from automl_tl.job.desk import Cancelled, Desk, Discarded, Paused
from automl_tl.job.discarding import discard
from automl_tl.job.outcome import (
    failure_outcome,
    job_outcome,
    reused_outcome,
    unchanged_outcome,
    unfinished_outcome,
)
from automl_tl.job.own_champions import of_tenant
from automl_tl.job.proving import Proving
from automl_tl.job.reusing import earlier_answer
from automl_tl.job.scoring import facts_of, pinned, score
from automl_tl.job.search_loop import SearchLoop
from automl_tl.job.shortlisting import shortlist
from automl_tl.job.study import Study
from automl_tl.job.unchanged import same_data
from automl_tl.job.understood import understood
from automl_tl.search.base import Strategy
from automl_tl.search.shares import baseline_seconds
from automl_tl.settings import Settings
from automl_tl.store.base import Store

_log = logging.getLogger(__name__)


class Search(Protocol):
    """One job's search phase."""

    def run(self) -> str:
        """Search to the end; why it ended, in one clause. Raises Stopped, JobFailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """The parts that a job is run with.

    ``reconcile`` brings the registry in line with the promotions; ``search`` makes a study's search phase;
    ``warm_registry`` is called when the search is over, and may open the registry beside the proof, since
    that takes seconds.
    """

    store: Store
    executor: Executor
    settings: Settings
    read_space: Callable[[str, Path], Space]
    strategy: Callable[[Job], Strategy]
    reconcile: Callable[[], object]
    search: Callable[[Desk, Study], Search] = SearchLoop
    warm_registry: Callable[[], object] = lambda: None
    keep_card: Callable[[Store, Settings, Decided], object] = cards.keep_card
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic

    def run(self, lease: Lease, *, claimed: float) -> JobState:
        """Run the leased job to an end and write it down; QUEUED: it was given back.

        ``claimed`` is the monotonic second of the claim. Raises LeaseLost, and StoreUnavailable;
        whatever else goes wrong ends the job with its reason.
        """
        job = self.store.job(lease.job)
        try:
            desk = self._desk(lease, job, claimed)
            desk.folder.mkdir(parents=True, exist_ok=True)
            return self._run(desk)
        except (LeaseLost, StoreUnavailable):
            raise
        except Stopped as stopped:
            return self._stopped(lease, job, stopped, claimed)
        except AutomlError as error:
            return self._failed(lease, job, error, claimed)
        except Exception as error:  # noqa: BLE001  # the loop of jobs must not die of one
            _log.exception("job failed unexpectedly", extra={"job": job.id})
            with suppress(OSError):  # perhaps the disk is full
                (self.settings.folders.job(job.id) / "traceback.txt").write_text(traceback.format_exc())
            return self._failed(lease, job, understood(error), claimed)

    def _desk(self, lease: Lease, job: Job, claimed: float) -> Desk:
        return Desk(
            store=self.store,
            executor=self.executor,
            strategy=self.strategy(job),
            settings=self.settings,
            lease=lease,
            job=job,
            space=of_tenant(self.read_space(job.request.space, Path(job.request.space_root)), job.tenant),
            claimed=claimed,
            stop=self.stop,
            clock=self.clock,
        )

    def _run(self, desk: Desk) -> JobState:
        desk.store.enter(desk.lease, Phase.CHECK)
        manifest, path = check(desk)
        desk = replace(
            desk,
            job=replace(desk.job, request=desk.store.job(desk.job.id).request),
            space=desk.space.reading(manifest.modality),
            baseline_seconds=baseline_seconds(
                manifest.modality,
                samples=manifest.counts().get(Split.TRAIN, 0),
                classes=len(manifest.classes),
            ),
        )
        same = same_data(desk.store, desk.job, manifest)
        if same is not None:
            self._finish(desk, unchanged_outcome(desk, same))
            return JobState.SUCCEEDED
        if (earlier := earlier_answer(desk, manifest)) is not None:
            self._finish(desk, reused_outcome(desk, earlier))
            return JobState.SUCCEEDED
        desk.store.enter(desk.lease, Phase.SCORE)
        facts = score(desk, path)
        desk = replace(desk, space=pinned(desk.space, facts))
        scores = appraise(desk, facts=facts, manifest=manifest, path=path)
        desk.store.enter(desk.lease, Phase.SEARCH)
        found = shortlist(desk, facts, scores=scores)
        study = Study(
            desk, shortlist=found, manifest=path, counts=manifest.counts(), classes=len(manifest.classes)
        )
        reason = self.search(desk, study).run()
        _log.info("search finished", extra={"job": desk.job.id, "why": reason})
        desk.store.enter(desk.lease, Phase.PROVE)
        self.warm_registry()
        proving = Proving(desk, manifest=manifest, path=path, facts=facts, bring_back=self.reconcile)
        decided = proving.run(study.trials)
        desk.store.enter(desk.lease, Phase.PROMOTE)
        self._promote(desk, decided)
        return JobState.SUCCEEDED

    def _promote(self, desk: Desk, decided: Decided) -> None:
        waits = self._reconciled(desk)
        decided = desk.store.decided(decided.id)
        outcome = job_outcome(desk, decided, facts=facts_of(desk), waits=waits)
        self.keep_card(desk.store, desk.settings, decided)
        self._finish(desk, outcome)

    def _finish(self, desk: Desk, outcome: dict[str, object]) -> None:
        desk.store.finish(
            desk.lease, JobState.SUCCEEDED, spent_seconds=self._claim_seconds(desk.claimed), outcome=outcome
        )

    def _reconciled(self, desk: Desk) -> str | None:
        """Bring the registry in line, or say why it waits: the decision stands, and is carried out later."""
        try:
            self.reconcile()
        except (RegistryUnavailable, OperatorError) as problem:
            _log.warning("registry unavailable", extra={"job": desk.job.id, "why": str(problem)})
            return str(problem)
        return None

    def _claim_seconds(self, claimed: float) -> float:
        return self.clock() - claimed

    def _stopped(self, lease: Lease, job: Job, stopped: Stopped, claimed: float) -> JobState:
        seconds = self._claim_seconds(claimed)
        if isinstance(stopped, Cancelled):
            is_kept = not isinstance(stopped, Discarded)
            outcome = unfinished_outcome(
                self.store, self.store.job(job.id), seconds=job.spent_seconds + seconds, is_kept=is_kept
            )
            self.store.finish(lease, JobState.CANCELLED, spent_seconds=seconds, outcome=outcome)
            if not is_kept:
                discard(self.settings.folders.job(job.id))
            return JobState.CANCELLED
        if isinstance(stopped, Paused):
            self.store.finish(lease, JobState.PAUSED, spent_seconds=seconds)
            return JobState.PAUSED
        self.store.requeue(lease, spent_seconds=seconds, reason=str(stopped))
        return JobState.QUEUED

    def _failed(self, lease: Lease, job: Job, error: AutomlError, claimed: float) -> JobState:
        _log.error("job failed", extra={"job": job.id, "why": str(error)})
        seconds = self._claim_seconds(claimed)
        outcome = failure_outcome(self.store, replace(job, failure=str(error)), error)
        self.store.finish(
            lease, JobState.FAILED, spent_seconds=seconds, outcome=outcome, failure=f"{error.title}: {error}"
        )
        return JobState.FAILED
