"""A registry that is a tracking server of MLflow's own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_tl.errors import NotFound
from automl_tl.model.artifact import digest, save
from automl_tl.model.backbone import build_backbone
from automl_tl.model.network import Network
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing, ModelSpec
from automl_tl.registry.mlflow_registry import MlflowRegistry


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server on a free loopback port, ended with its children afterwards."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    store, artifacts = f"sqlite:///{tmp_path}/server.sqlite3", str(tmp_path / "served")
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    options += ["--backend-store-uri", store, "--artifacts-destination", artifacts]
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *options],
            cwd=tmp_path, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not come up")


@pytest.mark.slow
def test_server_keeps_versions_aliases_and_bytes(address: str, tmp_path: Path) -> None:
    arguments: dict[str, object] = {"widths": [4, 8], "layers": 1}
    spec = ModelSpec(
        backbone=BackboneSpec(library="plain", architecture="plain", features=8, arguments=arguments),
        preprocessing=ImagePreprocessing(size=16, mean=(0.5,) * 3, std=(0.5,) * 3),
        classes=("cat", "dog"),
    )
    network = Network(backbone=build_backbone(spec.backbone), features=8, classes=2)
    artifact = tmp_path / "artifact"
    save(artifact, spec=spec, network=network)
    registry = MlflowRegistry(tmp_path / "local", url=address)

    numbers = [registry.register(name="pets", artifact=artifact, decision="d1", tags={}) for _ in range(2)]
    registry.point("pets", alias="champion", version=1)

    assert numbers == [1, 1]
    assert registry.alias("pets", "champion") == 1
    assert digest(registry.fetch("pets", 1)) == digest(artifact)
    assert registry.fetch("pets", 1) == registry.fetch("pets", 1)
    with pytest.raises(NotFound, match="has no version 2"):
        registry.fetch("pets", 2)
