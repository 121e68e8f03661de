"""The runner process: one leased job, its workers, its registry."""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from automl_tl.daemon.parent import die_with_parent
from automl_tl.domain.job import Job, JobState, Lease
from automl_tl.domain.job import Strategy as StrategyKind
from automl_tl.errors import LeaseLost
from automl_tl.executors.cores import cores
from automl_tl.executors.tune_plan import RunTune
from automl_tl.job.desk import Desk
from automl_tl.job.runner import Runner, Search
from automl_tl.job.search_loop import SearchLoop
from automl_tl.job.study import Study
from automl_tl.job.tune_search import TuneSearch, Workshop
from automl_tl.search.base import Strategy
from automl_tl.search.funnel import Funnel
from automl_tl.search.keep import Keep
from automl_tl.search.opening import openings
from automl_tl.search.outlook import most_trials
from automl_tl.search.prior_only import PriorOnly
from automl_tl.search.proposal import Sampler
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.wiring.adapters import WORKER, executor_of, plan_of, store_of
from automl_tl.wiring.logs import log_to_stderr
from automl_tl.wiring.promoter import DaemonPromoter, OwnPromoter

STOPPED = 75  # EX_TEMPFAIL: the lease was handed back on request
_log = logging.getLogger(__name__)


def run_job(
    store: Store,
    lease: Lease,
    settings: Settings,
    *,
    claimed: float,
    of_daemon: bool,
    stop: threading.Event | None = None,
    strategy: Callable[[Job], Strategy] | None = None,
    builder: str = WORKER,
) -> JobState:
    """Run a leased job in this process; ``of_daemon``: workers and registry are shared with others.

    ``strategy`` decides in place of the one that the job asks for; ``builder`` makes its workers.
    """
    promoter = DaemonPromoter(settings) if of_daemon else OwnPromoter(store, settings)
    kind = store.job(lease.job).request.executor
    executor = executor_of(kind, settings, keep_pool=of_daemon, builder=builder)
    try:
        return Runner(
            store=store,
            executor=executor,
            settings=settings,
            read_space=lambda text, root: read_space(text, root=root),
            strategy=strategy or strategy_of,
            search=partial(search_of, settings),
            reconcile=promoter.reconcile,
            warm_registry=promoter.warm,
            stop=stop or threading.Event(),
        ).run(lease, claimed=claimed)
    finally:
        executor.close()


def main() -> None:
    """``python -m automl_tl.wiring.runner``: started by the scheduler, dies with it."""
    die_with_parent()
    parser = argparse.ArgumentParser(prog="automl-tl runner")
    for option in ("--home", "--job", "--holder"):
        parser.add_argument(option, required=True)
    parser.add_argument("--fence", type=int, required=True)
    parser.add_argument("--builder", default=WORKER)
    said = parser.parse_args()
    log_to_stderr()
    lease = Lease(job=said.job, holder=said.holder, fence=said.fence)
    sys.exit(_main(lease, Settings(home=Path(said.home)), builder=said.builder))


def _main(lease: Lease, settings: Settings, *, builder: str) -> int:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the supervisor's to handle
    store = store_of(settings)
    since = store.job(lease.job).claimed
    claimed = time.monotonic() - (0.0 if since is None else max(0.0, store.now() - since))
    try:
        state = run_job(store, lease, settings, claimed=claimed, of_daemon=True, stop=stop, builder=builder)
    except LeaseLost as lost:
        _log.warning("lease lost: %s", lost)
        return STOPPED
    finally:
        store.close()
    return STOPPED if state is JobState.QUEUED else 0


def strategy_of(job: Job) -> Strategy:
    """How the job is searched; of a search by Ray Tune it keeps the budget alone."""
    return Funnel()


def keep_of(job: Job) -> Strategy:
    """The yardstick "one epoch, keep K", whatever the job asks for."""
    return Keep()


def random_of(job: Job) -> Strategy:
    """The funnel, with chance in the place of Optuna's sampler."""
    return Funnel(sampler=Sampler.RANDOM)


def prior_only_of(job: Job) -> Strategy:
    """The yardstick "prior only", whatever the job asks for."""
    return PriorOnly()


def search_of(settings: Settings, desk: Desk, study: Study) -> Search:
    """The job's search phase: our own loop, or Ray Tune's."""
    if desk.job.request.strategy is not StrategyKind.TUNE:
        return SearchLoop(desk, study)
    from automl_tl.executors.tune import run_tune  # Ray is connected by now, and this imports it

    run = partial(run_tune, plan_of(settings), cores=cores())
    return TuneSearch(desk, study, workshop=workshop_of(run))


def workshop_of(run: RunTune) -> Workshop:
    """A search by Tune begins and is bounded as our own."""
    return Workshop(run=run, openings=openings, most_trials=most_trials)


if __name__ == "__main__":
    main()
