"""What every registry must do."""

import base64
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from patience import WAIT_SECONDS

from automl_tl.errors import ArtifactChanged, Conflict, NotFound, RegistryUnavailable, RequestError
from automl_tl.model.artifact import EXAMPLE, load
from automl_tl.model.digest import digest
from automl_tl.model.example import without_example
from automl_tl.registry.base import Papers, Registry
from automl_tl.registry.folder import FolderRegistry
from automl_tl.registry.mlflow_registry import MlflowRegistry


def test_fetched_artifact_is_byte_for_byte_the_registered_one(
    registry: Registry, artifact: Path, name: str
) -> None:
    version = registry.register(name=name, artifact=artifact, decision="d1", tags={})

    fetched = registry.fetch(name, version)

    assert version == 1
    assert {path.name for path in fetched.iterdir()} == {"model.json", "model.safetensors", "example.png"}
    assert digest(fetched) == digest(artifact)


def test_papers_come_along_and_leave_the_artifact_as_it_was(
    registry: Registry, artifact: Path, name: str
) -> None:
    papers = Papers(summary="# told\n\n" + "long\n\n" * 2000, files={"card.html": "<!doctype html>…"})

    version = registry.register(name=name, artifact=artifact, decision="d1", tags={}, papers=papers)

    assert digest(registry.fetch(name, version)) == digest(artifact)
    assert [found.number for found in registry.versions(name)] == [1]


def test_people_find_the_papers_beside_the_model(tmp_path: Path, artifact: Path) -> None:
    papers = Papers(summary="# told\n\n" + "long\n\n" * 2000, files={"card.html": "<!doctype html>…"})
    (tmp_path / "mlflow").mkdir()
    registries = (FolderRegistry(tmp_path / "folder"), MlflowRegistry(tmp_path / "mlflow", url=None))

    for registry in registries:
        registry.register(name="told", artifact=artifact, decision="d1", tags={}, papers=papers)

    assert (tmp_path / "folder" / "told" / "1-card.html").read_text() == "<!doctype html>…"
    (card,) = (tmp_path / "mlflow").rglob("card.html")
    assert card.read_text() == "<!doctype html>…" and (card.parent / "MLmodel").is_file()
    with closing(sqlite3.connect(tmp_path / "mlflow" / "mlflow.sqlite3")) as database:
        ((described,),) = database.execute("select description from model_versions")
    assert described.startswith("# told\n\nlong") and 4000 < len(described) <= 5000


def test_a_decision_is_registered_once(registry: Registry, artifact: Path, name: str) -> None:
    first = registry.register(name=name, artifact=artifact, decision="d1", tags={"job": "j-1"})

    assert registry.register(name=name, artifact=artifact, decision="d1", tags={}) == first
    assert registry.register(name=name, artifact=artifact, decision="d2", tags={}) == first + 1
    assert len(registry.versions(name)) == 2


def test_versions_come_newest_first_with_tags_and_aliases(
    registry: Registry, artifact: Path, name: str
) -> None:
    registry.register(name=name, artifact=artifact, decision="d1", tags={"metric": "accuracy"})
    registry.register(name=name, artifact=artifact, decision="d2", tags={"digest": "f" * 64})
    registry.point(name, alias="champion", version=1)

    newest, oldest = registry.versions(name)

    assert (newest.number, oldest.number) == (2, 1)
    assert newest.tags == {"digest": "f" * 64, "automl_tl.decision": "d2"}
    assert oldest.tags["metric"] == "accuracy"
    assert (newest.aliases, oldest.aliases) == ((), ("champion",))


def test_alias_moves_back_and_goes(registry: Registry, artifact: Path, name: str) -> None:
    for decision in ("d1", "d2"):
        registry.register(name=name, artifact=artifact, decision=decision, tags={})

    seen = []
    for version in (1, 2, 1, None, None):
        registry.point(name, alias="champion", version=version)
        seen.append(registry.alias(name, "champion"))

    assert seen == [1, 2, 1, None, None]


def test_champions_uri_names_the_model(registry: Registry, artifact: Path, name: str) -> None:
    registry.register(name=name, artifact=artifact, decision="d1", tags={})
    registry.point(name, alias="champion", version=1)

    assert name in registry.uri(name)


def test_names_of_tenants_stand_apart(registry: Registry, artifact: Path, name: str) -> None:
    registry.register(name=f"acme.{name}", artifact=artifact, decision="d1", tags={})

    assert registry.versions(name) == ()
    assert len(registry.versions(f"acme.{name}")) == 1


def test_unknown_name_has_no_versions_and_no_alias(registry: Registry) -> None:
    assert registry.versions("nobody") == ()
    assert registry.alias("nobody", "champion") is None
    registry.point("nobody", alias="champion", version=None)


def test_unknown_version_is_not_found(registry: Registry, artifact: Path, name: str) -> None:
    registry.register(name=name, artifact=artifact, decision="d1", tags={})

    for call in (
        lambda: registry.fetch(name, 9),
        lambda: registry.point(name, alias="champion", version=9),
        lambda: registry.fetch("nobody", 1),
    ):
        with pytest.raises(NotFound, match=r"has no version"):
            call()


def test_missing_artifact_is_not_found_and_makes_no_version(
    registry: Registry, tmp_path: Path, name: str
) -> None:
    with pytest.raises(NotFound, match="no artifact"):
        registry.register(name=name, artifact=tmp_path / "gone", decision="d1", tags={})

    assert registry.versions(name) == ()


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "model.safetensors").write_bytes(b"other"),
        lambda folder: (folder / "model.json").write_text("{}"),
        lambda folder: (folder / "more.txt").write_text("more"),
    ],
    ids=["weights", "card", "more"],
)
def test_an_artifact_that_is_not_the_one_that_was_scored_makes_no_version(
    registry: Registry, artifact: Path, tmp_path: Path, name: str, harm: Callable[[Path], object]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(artifact, other)
    harm(other)

    with pytest.raises(ArtifactChanged, match=r"other was scored, but is not registered, for it was changed"):
        registry.register(name=name, artifact=other, decision="d1", tags={}, digest=digest(artifact))

    assert registry.versions(name) == ()
    assert not [held for held in registry.holdings() if held.name == name]
    assert (
        registry.register(name=name, artifact=artifact, decision="d1", tags={}, digest=digest(artifact)) == 1
    )


@pytest.mark.parametrize("bad", ["../etc", "a/b", "", "Caps", ".hidden", "a..b"])
def test_what_is_no_name_is_refused(registry: Registry, bad: str) -> None:
    with pytest.raises(RequestError, match="no model's name"):
        registry.versions(bad)


def test_registering_at_once_gives_one_version_a_decision(
    registry: Registry, artifact: Path, name: str
) -> None:
    decisions = ["d1", "d2", "d1", "d2"]

    with ThreadPoolExecutor(4) as pool:
        numbers = list(
            pool.map(
                lambda d: registry.register(name=name, artifact=artifact, decision=d, tags={}), decisions
            )
        )

    assert sorted(set(numbers)) == [1, 2]
    assert numbers[0] == numbers[2] != numbers[1] == numbers[3]


def test_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(RegistryUnavailable):
        FolderRegistry(tmp_path / "file").register(name="n", artifact=tmp_path, decision="d", tags={})


def test_server_that_does_not_answer_is_unavailable_within_seconds(tmp_path: Path, artifact: Path) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        registry = MlflowRegistry(tmp_path, url=f"http://127.0.0.1:{nobody_listens.getsockname()[1]}")

        began = time.monotonic()
        with pytest.raises(RegistryUnavailable, match=r"127\.0\.0\.1"):
            registry.register(name="n", artifact=artifact, decision="d", tags={})

    assert time.monotonic() - began < WAIT_SECONDS  # MLflow by itself tries for a good three minutes


def test_a_deleted_version_is_gone_with_its_bytes_and_its_number_is_not_given_again(
    registry: Registry, artifact: Path, name: str
) -> None:
    for decision in ("d1", "d2"):
        registry.register(name=name, artifact=artifact, decision=decision, tags={})
    folder = registry.fetch(name, 2)

    registry.delete(name, 2)
    registry.delete(name, 2)
    registry.delete(name, 9)

    assert [version.number for version in registry.versions(name)] == [1]
    assert not folder.exists()
    with pytest.raises(NotFound, match="has no version 2"):
        registry.fetch(name, 2)
    assert registry.register(name=name, artifact=artifact, decision="d3", tags={}) == 3
    assert digest(registry.fetch(name, 1)) == digest(artifact)


def test_a_version_that_an_alias_names_is_not_deleted(registry: Registry, artifact: Path, name: str) -> None:
    registry.register(name=name, artifact=artifact, decision="d1", tags={})
    registry.point(name, alias="prod", version=1)

    with pytest.raises(Conflict, match=f"the alias prod of {name} names version 1"):
        registry.delete(name, 1)
    assert registry.alias(name, "prod") == 1

    registry.point(name, alias="prod", version=None)
    registry.delete(name, 1)

    assert registry.versions(name) == ()


def test_an_unknown_name_has_nothing_to_delete(registry: Registry) -> None:
    registry.delete("nobody", 1)

    assert registry.versions("nobody") == ()


def test_holdings_are_the_folders_of_every_version(registry: Registry, artifact: Path, name: str) -> None:
    registry.register(name=name, artifact=artifact, decision="d1", tags={})

    (holding,) = (holding for holding in registry.holdings() if holding.name == name)

    assert (holding.version, holding.is_left) == (1, False)
    assert registry.fetch(name, 1).is_relative_to(holding.path)


def test_an_amended_version_loads_and_shows_its_example_nowhere(
    registry: Registry, artifact: Path, name: str
) -> None:
    registry.register(name=name, artifact=artifact, decision="d1", tags={})
    picture = (registry.fetch(name, 1) / EXAMPLE).read_bytes()

    registry.amend(name, 1, without_example)

    (holding,) = (held for held in registry.holdings() if held.name == name)
    traces = (picture, base64.b64encode(picture))
    files = [path.read_bytes() for path in holding.path.rglob("*") if path.is_file()]
    assert not any(trace in content for trace in traces for content in files)
    load(registry.fetch(name, 1))
    assert (artifact / EXAMPLE).read_bytes() == picture


def test_sweeping_deletes_what_a_killed_deletion_left_and_no_version(
    registry: Registry, artifact: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for decision in ("d1", "d2"):
        registry.register(name=name, artifact=artifact, decision=decision, tags={})
    folder = registry.fetch(name, 2)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", _killed)  # the process ends before the bytes go
        with pytest.raises(_Killed):
            registry.delete(name, 2)
    assert folder.is_dir()
    assert [version.number for version in registry.versions(name)] == [1]
    assert sum(holding.is_left for holding in registry.holdings()) == 1

    registry.sweep()

    assert not folder.exists()
    assert digest(registry.fetch(name, 1)) == digest(artifact)
    assert not any(holding.is_left for holding in registry.holdings())


def test_sweeping_leaves_models_alone_that_other_people_logged(tmp_path: Path, artifact: Path) -> None:
    registry = MlflowRegistry(tmp_path)
    registry.register(name="ours", artifact=artifact, decision="d1", tags={})
    client = registry._connection.client
    theirs = client.create_logged_model(client.get_experiment_by_name("automl-tl").experiment_id, name="mine")
    folder = tmp_path / "artifacts" / "models" / theirs.model_id
    (folder / "artifacts").mkdir(parents=True)

    registry.sweep()
    assert folder.is_dir()

    client.delete_logged_model(theirs.model_id)
    registry.sweep()
    assert not folder.exists()
    assert registry.fetch("ours", 1).is_dir()


class _Killed(BaseException):
    """The process ends here."""


def _killed(*_: object, **__: object) -> None:
    raise _Killed
