"""Claims of a real store are what the rule says, and each tenant's waits are counted."""

from automl_tl.bench.fairness import longest_wait, run
from automl_tl.domain.queue import Queue, Waiting


def test_a_small_crowd_is_served_as_the_rule_says() -> None:
    found = run(tenants=3, jobs=12)

    assert (found["jobs"], found["claimed"], found["claims_against_the_rule"]) == (36, 36, 0)
    assert all(
        wait < found["most_that_the_rule_allows"] for wait in found["most_claims_a_tenant_waited"].values()
    )
    assert "tenant-2" in found["table"]


def test_a_wait_is_the_claims_of_others_between_two_of_ones_own() -> None:
    waiting = tuple(
        Waiting(job=f"{tenant}{number}", tenant=tenant, name="n", priority=0, sequence=number)
        for number, tenant in enumerate("abbab")
    )

    order = ("b1", "b2", "a0", "b4", "a3")

    assert longest_wait(Queue(waiting=waiting), order, tenant="a") == 2
    assert longest_wait(Queue(waiting=waiting), order, tenant="b") == 1
