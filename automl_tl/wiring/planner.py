"""Plans of jobs: made by the supervisor, or by ``run --plan`` where no daemon is asked."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from automl_tl.domain.job import DEFAULT_TENANT, JobRequest
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store


def plan_job(
    request: JobRequest, *, store: Store | None, settings: Settings, tenant: str = DEFAULT_TENANT
) -> dict[str, Any]:
    """The plan of a request as a JSON object; raises DatasetRefused, StoreUnavailable."""
    # Optuna and SciPy, which the daemon's first process does without until somebody wants a plan.
    from automl_tl.planning.planning import Planner
    from automl_tl.search.funnel import Funnel
    from automl_tl.search.space_file import read_space
    from automl_tl.wiring.slots import slots_of

    planner = Planner(
        store=store,
        settings=settings,
        read_space=lambda text, root: read_space(text, root=root),
        strategy=Funnel(),
        slots=slots_of(settings),
    )
    return asdict(planner.plan(request, tenant=tenant))


def plan_here(submission: Mapping[str, object], settings: Settings) -> dict[str, Any]:
    """The plan of a submission by this process; a home without a store stays without."""
    from automl_tl.web.submission import read_submission

    request = read_submission(submission, settings=settings)
    home = settings.folders
    if settings.store_url is None and not home.store.is_file():
        return plan_job(request, store=None, settings=settings)
    store = open_store(settings.store_url or home.store)
    try:
        return plan_job(request, store=store, settings=settings)
    finally:
        store.close()
