"""A registry that is a tracking server of MLflow's own."""

from pathlib import Path

import pytest
from small_model import save_small

from automl_tl.errors import NotFound
from automl_tl.model.digest import digest
from automl_tl.registry.mlflow_registry import MlflowRegistry


@pytest.mark.slow
@pytest.mark.xdist_group("mlflow-server")
def test_server_keeps_versions_aliases_and_bytes(
    served_registry: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact = save_small(tmp_path / "artifact")
    registry = MlflowRegistry(tmp_path / "local", url=served_registry)

    numbers = [
        registry.register(name="pets", artifact=artifact, decision="d1", tags={}, metrics={"test": 0.9})
        for _ in range(2)
    ]
    registry.point("pets", alias="champion", version=1)

    assert numbers == [1, 1]
    assert registry.alias("pets", "champion") == 1
    assert digest(registry.fetch("pets", 1)) == digest(artifact)
    assert registry.fetch("pets", 1) == registry.fetch("pets", 1)
    with pytest.raises(NotFound, match="has no version 2"):
        registry.fetch("pets", 2)
    assert capsys.readouterr().out == ""  # whoever reads a command's JSON reads nothing else
