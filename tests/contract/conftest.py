"""One local Ray for all contract tests that want one: it takes eight seconds to start."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from obedient_worker import WORKERS_PATH

from automl_tl.executors.ray_address import PoolAddress, PoolFolder, session
from automl_tl.executors.ray_pool import open_pool, stop_pool
from automl_tl.settings import Settings


@pytest.fixture(scope="session")
def ray_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home whose pool runs until the session ends, and leaves no trace."""
    settings = Settings(home=tmp_path_factory.mktemp("ray-home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", WORKERS_PATH)
        pool, _ = open_pool(settings.folders)
    yield settings
    folder = PoolFolder.of(settings.folders)
    found = PoolAddress.read(folder.address)
    assert found is not None
    pool.close()
    assert stop_pool(settings.folders)
    assert session(found.keeper) == []
    assert not Path(found.temp).exists()
