"""What the list of jobs shows: a page of it, by day."""

from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from automl_tl.domain.job import JobState
from automl_tl.store.base import Store
from automl_tl.web.figures import day
from automl_tl.web.places import Places
from automl_tl.web.view import Json, jobs_json

PAGE = 30  # about two screens; what lies below the first one is laid out before it is seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which jobs a person wants to see; ``before`` is the job that the page before ended with."""

    tenant: str
    states: tuple[JobState, ...] = ()
    name: str | None = None
    before: str | None = None

    def address(self, *, before: str | None) -> str:
        """The page of the same jobs that begins after ``before``."""
        query: list[tuple[str, str]] = [("state", str(state)) for state in self.states]
        query += [("name", self.name)] if self.name else []
        query += [("before", before)] if before else []
        return "/" + ("?" + urlencode(query) if query else "")


def jobs_page(store: Store, asked: Asked, *, places: Places) -> dict[str, object]:
    """The page's values by name; raises NotFound where there is no job ``before``."""
    # First: whatever happens while the rest is read comes to the page as an event.
    last_event = store.last_event()
    counts = {str(state): count for state, count in store.count_jobs(tenant=asked.tenant).items() if count}
    found = store.jobs(
        tenant=asked.tenant, states=asked.states, name=asked.name, before=asked.before, limit=PAGE + 1
    )
    now = store.now()
    shown = found[:PAGE]
    rows = jobs_json(store, shown, now=now, places=places.of(shown))
    return {
        "days": _days(rows, now=now),
        "counts": counts,
        "total": sum(counts.values()),
        "chosen": [str(state) for state in asked.states],
        "name": asked.name,
        "before": asked.before,
        "newest": asked.address(before=None) if asked.before else None,
        "older": asked.address(before=found[PAGE - 1].id) if len(found) > PAGE else None,
        "last_event": last_event,
    }


def _days(rows: list[Json], *, now: float) -> list[tuple[str, list[Json]]]:
    def of(row: Json) -> str:
        created = row["created"]
        assert isinstance(created, float)
        return day(created, now=now)

    return [(word, list(jobs)) for word, jobs in groupby(rows, key=of)]
