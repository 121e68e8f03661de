"""What every test stands on: an empty home, one Ray, no hub, no telemetry, skips for absent programs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from automl_tl.executors.ray_address import PoolAddress, PoolFolder, session
from automl_tl.executors.ray_pool import open_pool, stop_pool
from automl_tl.settings import Settings
from automl_tl.store.sql import open_store

OFFLINE = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TRANSFORMERS_OFFLINE": "1",
}
TESTS = Path(__file__).resolve().parent
WORKERS_PATH = os.pathsep.join(str(folder) for folder in (TESTS, TESTS / "contract", TESTS / "system"))
PROGRAMS = {
    "postgres": ("initdb", "postgres"),
    "prometheus": ("prometheus", "promtool"),
    "chromium": ("chromium",),
}


def pytest_configure() -> None:
    """Take the person's own settings away before anything reads them; child processes inherit this."""
    for variable in [v for v in os.environ if v.startswith("AUTOML_TL_") and v != "AUTOML_TL_SHARED_DATA"]:
        del os.environ[variable]
    os.environ.update(OFFLINE)
    if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as cores: more threads would only wait
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    hypothesis.settings.register_profile("patient", parent=hypothesis.settings(), deadline=None)
    hypothesis.settings.load_profile(
        "patient"
    )  # an example that takes long on a busy machine is none that fails
    # Debian keeps PostgreSQL's programs off the path.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *map(str, folders)])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with a reason, what this machine cannot run."""
    for marker, programs in PROGRAMS.items():
        absent = [p for p in programs if shutil.which(p) is None]
        if absent and item.get_closest_marker(marker):
            pytest.skip(f"{marker} is not installed: no {', '.join(absent)} on the path")
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A test that forgets to choose a home gets this one, never the person's."""
    os.environ["AUTOML_TL_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def ray_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home whose pool runs until the session ends, and leaves no trace.

    Its workers find the modules beside the tests. It takes eight seconds to start: whoever wants it belongs
    to the group ``ray``, so that one is started.
    """
    settings = Settings(home=tmp_path_factory.mktemp("ray-home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", WORKERS_PATH)
        patch.setenv("RAY_OVERRIDE_RESOURCES", '{"GPU": 2}')  # counted as if they were there
        pool, _ = open_pool(settings.folders)
    yield settings
    folder = PoolFolder.of(settings.folders)
    found = PoolAddress.read(folder.address)
    assert found is not None
    pool.close()
    assert stop_pool(settings.folders)
    assert session(found.keeper) == []
    assert not Path(found.temp).exists()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store to copy: to migrate one for each test takes twenty times as long."""
    path = tmp_path_factory.mktemp("migrated") / "store.sqlite3"
    open_store(path).close()
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real datasets and weights beside the checkout; skips where there is none."""
    folder = Path(os.environ.get("AUTOML_TL_SHARED_DATA", TESTS.parent.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no shared data: set AUTOML_TL_SHARED_DATA")
    return folder
