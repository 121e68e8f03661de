import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from patience import WAIT_SECONDS

from automl_tl.errors import NotFound, OperatorError, RegistryUnavailable
from automl_tl.model.digest import digest
from automl_tl.registry.folder import FolderRegistry
from automl_tl.serving.aliases import FollowedAliases
from automl_tl.serving.load import ServedModels


def test_model_is_loaded_once_while_its_version_stands(registry: FolderRegistry, artifact: Path) -> None:
    models = ServedModels(registry)

    first, second = models.get("colours"), models.get("colours")

    assert first is second
    assert (first.version, first.digest) == (1, digest(artifact))


class SlowRegistry(FolderRegistry):
    """Hands version 2 out when it is let, counts how often it was wanted, and may fall silent."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.may_fetch = threading.Event()
        self.fetched = 0
        self.is_down = False
        self.may_answer = threading.Event()
        self.may_answer.set()

    def alias(self, name: str, alias: str) -> int | None:
        assert self.may_answer.wait(WAIT_SECONDS)
        if self.is_down:
            raise RegistryUnavailable("the registry does not answer")
        return super().alias(name, alias)

    def fetch(self, name: str, version: int) -> Path:
        if version == 2 and threading.current_thread() is not threading.main_thread():
            self.fetched += 1
            assert self.may_fetch.wait(WAIT_SECONDS)
        return super().fetch(name, version)


@pytest.fixture
def slow(registry: FolderRegistry, tmp_path: Path, save_model: Callable[..., Path]) -> SlowRegistry:
    """Version 1 is champion, version 2 waits."""
    other = save_model(tmp_path / "other", seed=1)
    registry.register(name="colours", artifact=other, decision="d2", tags={})
    return SlowRegistry(tmp_path / "registry")


def test_the_version_before_answers_until_the_next_is_open_which_is_opened_once(slow: SlowRegistry) -> None:
    models = ServedModels(slow, patience_seconds=WAIT_SECONDS)
    assert models.get("colours").version == 1

    slow.point("colours", alias="champion", version=2)
    meanwhile = [models.get("colours").version for _ in range(100)]
    explicit: list[int] = []
    asker = threading.Thread(target=lambda: explicit.append(models.get("colours", alias="2").version))
    asker.start()
    slow.may_fetch.set()
    asker.join(WAIT_SECONDS)

    assert meanwhile == [1] * 100
    assert explicit == [2]
    assert models.get("colours").version == 2
    assert slow.fetched == 1
    assert models.get("colours", alias="1").version == 1


def test_a_version_that_is_open_already_is_followed_at_once(slow: SlowRegistry) -> None:
    slow.may_fetch.set()
    models = ServedModels(slow, patience_seconds=WAIT_SECONDS)
    versions = []
    for version in (1, 2):
        models.get("colours", alias=str(version))
    models.get("colours")

    for version in (2, 1, 2, 1):
        slow.point("colours", alias="champion", version=version)
        versions.append(models.get("colours").version)

    assert versions == [2, 1, 2, 1]


def test_a_damaged_version_is_not_moved_to_and_is_tried_again_later(slow: SlowRegistry) -> None:
    slow.may_fetch.set()
    now = 0.0
    models = ServedModels(slow, patience_seconds=WAIT_SECONDS, clock=lambda: now)
    models.get("colours")
    weights = FolderRegistry.fetch(slow, "colours", 2) / "model.safetensors"
    whole = weights.read_bytes()
    weights.unlink()
    weights.write_bytes(whole[:100])

    slow.point("colours", alias="champion", version=2)
    with pytest.raises(OperatorError, match="version 2 of colours cannot be served"):
        models.get("colours", alias="2")
    meanwhile = [models.get("colours").version for _ in range(20)]
    fetched = slow.fetched
    weights.write_bytes(whole)
    now = 31.0
    models.get("colours")
    models.get("colours", alias="2")

    assert meanwhile == [1] * 20
    assert fetched == 1
    assert models.get("colours").version == 2


def test_what_is_in_memory_is_served_while_the_registry_is_down(slow: SlowRegistry) -> None:
    models = ServedModels(slow, patience_seconds=WAIT_SECONDS)
    models.get("colours")

    slow.is_down = True

    assert models.get("colours").version == 1
    with pytest.raises(RegistryUnavailable):
        models.get("colours", alias="previous")
    slow.is_down = False
    slow.point("colours", alias="champion", version=None)
    with pytest.raises(NotFound, match="colours has no champion"):
        models.get("colours")


def test_a_registry_that_hangs_is_waited_for_once(slow: SlowRegistry) -> None:
    aliases = FollowedAliases(slow, patience_seconds=0.05)
    slow.may_answer.clear()

    found = [aliases.find("colours", "champion", known=7) for _ in range(1000)]
    slow.may_answer.set()

    assert found == [7] * 1000


def test_same_bytes_share_one_predictor(registry: FolderRegistry, artifact: Path) -> None:
    registry.register(name="colours", artifact=artifact, decision="d2", tags={})
    models = ServedModels(registry)

    assert models.get("colours", alias="1").predictor is models.get("colours", alias="2").predictor


def test_only_so_many_models_stay_in_memory(
    registry: FolderRegistry, tmp_path: Path, save_model: Callable[..., Path]
) -> None:
    for seed in (1, 2):
        artifact = save_model(tmp_path / str(seed), seed=seed)
        registry.register(name="colours", artifact=artifact, decision=f"more-{seed}", tags={})
    models = ServedModels(registry, capacity=2)
    first = models.get("colours", alias="1")

    for version in ("2", "3"):
        models.get("colours", alias=version)

    assert models.get("colours", alias="1") is not first


@pytest.mark.parametrize(
    ("name", "alias"), [("nobody", "champion"), ("colours", "staging"), ("colours", "7")]
)
def test_what_is_not_there_is_not_found(registry: FolderRegistry, name: str, alias: str) -> None:
    with pytest.raises(NotFound, match=name):
        ServedModels(registry).get(name, alias=alias)


def test_damaged_version_is_its_operators_to_mend(registry: FolderRegistry) -> None:
    weights = registry.fetch("colours", 1) / "model.safetensors"
    weights.unlink()
    weights.write_bytes(b"nothing")

    with pytest.raises(OperatorError, match="version 1 of colours"):
        ServedModels(registry).get("colours")
