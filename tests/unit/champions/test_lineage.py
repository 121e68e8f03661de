"""A decision keeps where its challenger comes from."""

import platform

from numbers_desk import NAME, NumbersDesk

from automl_tl.champions.lineage import code, environment
from automl_tl.settings import Settings
from automl_tl.store.base import Store


def test_a_decision_says_data_network_code_and_machine(store: Store, settings: Settings) -> None:
    decided = NumbersDesk(store=store, settings=settings).decided()

    lineage = decided.lineage
    assert lineage["splits"] == {"retest": 100, "test": 100, "train": 100, "validation": 100}
    assert str(lineage["backbone"]).startswith("embedded:")
    assert lineage["dataset_name"] == NAME
    assert lineage["weights_sha256"]
    assert lineage["code"] == code()
    assert environment().items() <= dict(lineage["environment"]).items()  # type: ignore[call-overload]


def test_code_and_environment_have_versions() -> None:
    assert code()["version"]
    commit = code()["commit"]
    assert commit is None or len(commit) == 40
    assert environment()["python"] == platform.python_version()
    assert "torch" in environment()
