"""Retrains a name from cron, and leaves with a status that says how it went.

    AUTOML_TL_URL=https://automl.example.org
    AUTOML_TL_KEY=atl_…
    0 2 * * *  python retrain.py parts /data/acme/parts 1h

The daemon's own schedules (automl-tl schedule add) need no cron; this is for machines where cron rules.
"""

import datetime
import os
import sys
from collections.abc import Mapping

from automl_tl.client.client import Client
from automl_tl.errors import AutomlError

PROMOTED, KEPT, FAILED = 0, 0, 1


def retrain(name: str, dataset: str, *, night: str, time_budget: str = "1h") -> Mapping[str, object]:
    """Submit the night's job, once however often this is called for it, and wait for its outcome."""
    with Client(os.environ.get("AUTOML_TL_URL"), token=os.environ.get("AUTOML_TL_KEY")) as client:
        job = client.submit(
            name=name, dataset=dataset, time_budget=time_budget, idempotency_key=f"cron {name} {night}"
        )
        return client.wait(str(job["job"]))


def main(arguments: list[str]) -> int:
    """``NAME DATASET [TIME_BUDGET]``: what cron calls."""
    name, dataset, *budget = arguments
    try:
        night = datetime.date.today().isoformat()
        outcome = retrain(name, dataset, night=night, time_budget=budget[0] if budget else "1h")
    except AutomlError as problem:
        sys.stderr.write(f"{name}: {problem}\n")
        return FAILED
    sys.stdout.write(f"{name}: {outcome['state']}, {outcome.get('decision')}: {outcome.get('reason')}\n")
    if outcome["state"] != "succeeded":
        return FAILED
    return PROMOTED if outcome.get("decision") == "promote" else KEPT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
