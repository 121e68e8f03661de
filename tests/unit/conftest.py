"""A real store in an empty home, and something to queue."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.job import DEFAULT_TENANT, Job, JobRequest
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, lease_seconds=2.0, stop_seconds=1.0, attempts_per_job=3)


@pytest.fixture
def store(settings: Settings, migrated_file: Path) -> Iterator[Store]:
    shutil.copy(migrated_file, settings.folders.store)
    store = open_store(settings.folders.store)
    yield store
    store.close()


@pytest.fixture
def queue(store: Store) -> Callable[..., Job]:
    """Queue one job of that name."""

    def queue(name: str = "digits", *, priority: int = 0) -> Job:
        request = JobRequest(
            name=name, dataset=DatasetSource(path="/nowhere"), space='[space]\nname = "x"', priority=priority
        )
        return store.add_job(request, tenant=DEFAULT_TENANT)

    return queue
