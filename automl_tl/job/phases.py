"""How long each phase of a job took, by its events."""

from automl_tl.domain.events import EventKind
from automl_tl.store.base import Store

_ENDS = (EventKind.JOB_STARTED, EventKind.JOB_REQUEUED, EventKind.JOB_PAUSED, EventKind.JOB_FINISHED)


def phase_seconds(store: Store, job: str) -> dict[str, float]:
    """Wall seconds by phase, until now where it goes on; what an earlier claim spent there counts too."""
    spent: dict[str, float] = {}
    phase, since, after = None, 0.0, 0
    while events := store.events(after=after, job=job):
        for event in events:
            if event.kind is not EventKind.PHASE_ENTERED and event.kind not in _ENDS:
                continue
            if phase is not None:
                spent[phase] = spent.get(phase, 0.0) + event.time - since
            phase = str(event.data["phase"]) if event.kind is EventKind.PHASE_ENTERED else None
            since = event.time
        after = events[-1].id
    if phase is not None:
        spent[phase] = spent.get(phase, 0.0) + store.now() - since
    return spent
