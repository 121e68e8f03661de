"""An Airflow DAG that retrains a name every night: it lies in the dags folder, automl-tl is installed there.

Connection ``automl_tl`` (HTTP): the daemon's address as host, a submitter's key as password. A task that is
tried again finds its job by the run's id: nothing is trained twice, and a lost worker costs nothing.
"""

import datetime
from collections.abc import Mapping

from automl_tl.client.client import Client

NAME = "parts"
DATASET = "/data/acme/parts"


def retrain(
    *, url: str, key: str, run_id: str, name: str = NAME, dataset: str = DATASET
) -> Mapping[str, object]:
    """Submit the run's job, or find it again, and wait for it; raises RuntimeError where it failed."""
    with Client(url, token=key) as client:
        job = client.submit(
            name=name, dataset=dataset, time_budget="1h", idempotency_key=f"airflow {name} {run_id}"
        )
        outcome = client.wait(str(job["job"]))
    if outcome["state"] != "succeeded":
        raise RuntimeError(f"{name}: {outcome['state']}: {outcome.get('reason')}")
    return {key: outcome.get(key) for key in ("decision", "reason", "version", "test")}


try:
    from airflow.sdk import BaseHook, dag, task
except ImportError:  # read where there is no Airflow, such as by a test
    pass
else:

    @dag(
        schedule="0 2 * * *",
        start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        catchup=False,
        max_active_runs=1,
    )
    def automl_tl_nightly() -> None:
        """One task: the daemon does the rest."""

        @task(retries=3, retry_delay=datetime.timedelta(minutes=5))
        def night(run_id: str | None = None) -> Mapping[str, object]:
            connection = BaseHook.get_connection("automl_tl")
            return retrain(url=str(connection.host), key=str(connection.password), run_id=str(run_id))

        night()

    automl_tl_nightly()
