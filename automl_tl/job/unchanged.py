"""Whether a schedule's data are those of its last successful run: seen from outside, then for certain."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from automl_tl.domain.dataset import DatasetSource, Manifest
from automl_tl.domain.job import Job
from automl_tl.domain.schedule import Schedule, WhenUnchanged
from automl_tl.store.base import Store

Look = Callable[[DatasetSource], str | None]
"""What a dataset looks like from outside, None where nothing can be told by that."""


def look_of(store: Store, schedule: Schedule, look: Look) -> str | None:
    """What the schedule's data look like now, and which of their samples people asked to forget."""
    seen = look(schedule.request.dataset)
    if seen is None:
        return None
    request = schedule.request
    dataset_name = request.dataset_name or request.name
    forgotten = store.forgotten(tenant=schedule.tenant, dataset_name=dataset_name)
    return hashlib.sha256("\n".join([seen, *sorted(forgotten)]).encode()).hexdigest()


def same_look(store: Store, schedule: Schedule, listing: str | None) -> Job | None:
    """The last successful job, where its data looked just like these; None: they have to be read."""
    last = store.last_success(schedule.id)
    if last is None or listing is None or schedule.rule.when_unchanged is WhenUnchanged.RUN:
        return None
    occurrence, job = last
    return job if occurrence.listing == listing else None


def same_data(store: Store, job: Job, manifest: Manifest) -> Job | None:
    """The last successful job of the schedule that started this one by itself, if its data were the same.

    The fingerprint decides: hashes, labels, groups and splits of all samples.
    """
    started = store.occurrence_of(job.id)
    if started is None or started.asked:
        return None
    by_id = {schedule.id: schedule for schedule in store.schedules(tenant=job.tenant)}
    schedule, last = by_id.get(started.schedule), store.last_success(started.schedule)
    if schedule is None or last is None or schedule.rule.when_unchanged is WhenUnchanged.RUN:
        return None
    path = last[1].manifest
    return last[1] if path is not None and Path(path).stem == manifest.fingerprint else None
