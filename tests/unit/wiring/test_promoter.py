"""A registry that is down or hangs costs a job its time limit, never its decision."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import played_job
import pytest
from patience import WAIT_SECONDS, until

from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.errors import RegistryUnavailable
from automl_tl.registry.folder import FolderRegistry
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.wiring.adapters import store_of
from automl_tl.wiring.promoter import OwnPromoter

LINE = {"tenant": DEFAULT_TENANT, "name": "digits"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, registry="folder")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = store_of(settings)
    played_job.play_job(store)
    yield store
    store.close()


def registered(settings: Settings, store: Store) -> FolderRegistry:
    """A registry that holds the played champion."""
    registry = FolderRegistry(settings.folders.registry)
    artifact = settings.home / "artifact"
    artifact.mkdir()
    (decided,) = store.versions(**LINE)
    registry.register(name="digits", artifact=artifact, decision=decided.id, tags={})
    return registry


@pytest.fixture
def hanging() -> Iterator[Callable[..., FolderRegistry]]:
    """A registry that answers once it is let go."""
    let_go = threading.Event()

    def open_registry(settings: Settings) -> FolderRegistry:
        let_go.wait(WAIT_SECONDS)
        return FolderRegistry(settings.folders.registry)

    yield open_registry
    let_go.set()


def test_a_registry_that_hangs_is_not_waited_for_for_ever(
    settings: Settings, store: Store, hanging: Callable[..., FolderRegistry]
) -> None:
    with pytest.raises(RegistryUnavailable, match="did not answer within 0 s"):
        OwnPromoter(store, settings, seconds=0.1, open_registry=hanging).reconcile()


def test_a_server_that_takes_calls_and_never_answers_is_not_waited_for_for_ever(
    tmp_path: Path, store: Store
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = Settings(home=tmp_path, registry="mlflow", registry_url=url)

        with pytest.raises(RegistryUnavailable, match="did not answer"):
            OwnPromoter(store, settings, seconds=1.0).reconcile()


def test_a_move_by_hand_is_seen_when_the_search_has_ended(settings: Settings, store: Store) -> None:
    registry = registered(settings, store)
    OwnPromoter(store, settings).reconcile()
    registry.point("digits", alias="champion", version=None)

    OwnPromoter(store, settings).warm()

    until(lambda: store.model(**LINE).held, what="a held name")
    assert store.model(**LINE).held == "somebody took the alias away in the registry"
