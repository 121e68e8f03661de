"""What a crash may leave behind in a folder registry, and what it means."""

from pathlib import Path

import pytest

from automl_tl.errors import NotFound, RegistryUnavailable
from automl_tl.registry.base import Papers
from automl_tl.registry.folder import FolderRegistry


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "model.json").write_text("{}")
    return folder


def test_copy_whose_tags_were_not_written_is_no_version_and_is_made_again(
    tmp_path: Path, artifact: Path
) -> None:
    registry = FolderRegistry(tmp_path / "registry")
    half = tmp_path / "registry" / "name" / "1"
    half.mkdir(parents=True)
    (half / "model.safetensors").write_text("half")
    with pytest.raises(NotFound):
        registry.fetch("name", 1)

    version = registry.register(name="name", artifact=artifact, decision="d1", tags={})

    assert version == 1
    assert [path.name for path in registry.fetch("name", 1).iterdir()] == ["model.json"]


def cards(registry: Path) -> list[str]:
    return sorted(path.name for path in (registry / "name").glob("*card*"))


def test_papers_go_with_their_version_alone(tmp_path: Path, artifact: Path) -> None:
    registry = FolderRegistry(tmp_path)
    papers = Papers(summary="told", files={"card.md": "told", "card.html": "told"})
    for decision in [f"d{number}" for number in range(1, 12)]:
        registry.register(name="name", artifact=artifact, decision=decision, tags={}, papers=papers)

    registry.delete("name", 1)

    assert len(cards(tmp_path)) == 20
    assert not [card for card in cards(tmp_path) if card.startswith("1-")]


def test_papers_that_a_killed_deletion_left_are_swept(tmp_path: Path, artifact: Path) -> None:
    registry = FolderRegistry(tmp_path)
    papers = Papers(summary="told", files={"card.md": "told"})
    for decision in ("d1", "d2"):
        registry.register(name="name", artifact=artifact, decision=decision, tags={}, papers=papers)
    (tmp_path / "name" / "2.json").rename(tmp_path / "name" / "2.deleted")  # and there it was killed

    registry.sweep()

    assert cards(tmp_path) == ["1-card.md"]


def test_papers_of_a_killed_registration_do_not_become_anothers(tmp_path: Path, artifact: Path) -> None:
    registry = FolderRegistry(tmp_path)
    (tmp_path / "name").mkdir()
    (tmp_path / "name" / "1-card.md").write_text("of a decision that was never registered")

    assert registry.register(name="name", artifact=artifact, decision="d1", tags={}) == 1

    assert cards(tmp_path) == []


def test_version_outlives_the_jobs_artifact(tmp_path: Path, artifact: Path) -> None:
    registry = FolderRegistry(tmp_path / "registry")
    registry.register(name="name", artifact=artifact, decision="d1", tags={})

    (artifact / "model.json").unlink()

    assert (registry.fetch("name", 1) / "model.json").read_text() == "{}"


def test_damaged_alias_file_is_said(tmp_path: Path, artifact: Path) -> None:
    registry = FolderRegistry(tmp_path)
    registry.register(name="name", artifact=artifact, decision="d1", tags={})
    (tmp_path / "name" / "aliases.json").write_text("{")

    with pytest.raises(RegistryUnavailable, match=r"aliases\.json"):
        registry.alias("name", "champion")


def test_uri_without_a_champion_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no champion"):
        FolderRegistry(tmp_path).uri("name")


def test_what_is_left_of_deleted_versions_does_not_grow_with_them(tmp_path: Path, artifact: Path) -> None:
    registry = FolderRegistry(tmp_path / "registry")
    for decision in range(6):
        registry.register(name="n", artifact=artifact, decision=f"d{decision}", tags={})

    for version in (6, 2, 4, 3, 5):
        registry.delete("n", version)

    left = {path.name for path in (tmp_path / "registry" / "n").iterdir()}
    assert left == {"1", "1.json", "6.deleted", ".lock"}
    assert registry.register(name="n", artifact=artifact, decision="next", tags={}) == 7
