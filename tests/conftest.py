"""What every test stands on: an empty home, no hub, no telemetry, skips for absent programs."""

import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
OFFLINE = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TRANSFORMERS_OFFLINE": "1",
}
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
def shared_data() -> Path:
    """The folder of real datasets and weights beside the checkout; skips where there is none."""
    folder = Path(os.environ.get("AUTOML_TL_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no shared data: set AUTOML_TL_SHARED_DATA")
    return folder
