"""While the registry is down a decision waits, the job says so, and it is carried out later."""

from pathlib import Path

from numbers_job import NAME, NumbersHome

from automl_tl.champions.reconciler import reconcile
from automl_tl.domain.job import DEFAULT_TENANT, JobState
from automl_tl.web.view import job_json


def test_a_decision_waits_for_the_registry_and_the_job_says_so(tmp_path: Path) -> None:
    home = NumbersHome(tmp_path)
    in_the_way = tmp_path / "registry"
    in_the_way.write_text("no folder can be made here")

    state = home.attempt()

    said = job_json(home.store, home.store.job(home.job), now=0.0)
    assert state is JobState.SUCCEEDED
    assert (said["decision"], said["version"], said["champion_version"]) == ("promote", None, None)
    assert "does not answer" in str(said["waits_for_registry"])
    assert len(home.store.unregistered()) == 1

    in_the_way.unlink()
    reconcile(home.store, home.registry)

    said = job_json(home.store, home.store.job(home.job), now=0.0)
    assert (said["version"], said["champion_version"], said["waits_for_registry"]) == (1, 1, None)
    assert [str(move.kind) for move in home.store.promotions(tenant=DEFAULT_TENANT, name=NAME)] == ["promote"]
    assert home.registry.alias(NAME, "champion") == 1
