"""The job that a schedule starts: as it was asked for, and the champion of the name among its candidates."""

from dataclasses import replace
from pathlib import Path

from automl_tl.domain.candidate import Source
from automl_tl.domain.job import JobRequest
from automl_tl.domain.schedule import Schedule
from automl_tl.errors import NotFound, SpaceInvalid
from automl_tl.search.space_file import read_space
from automl_tl.store.base import Store


def scheduled_request(store: Store, schedule: Schedule) -> JobRequest:
    """The request of the schedule's next job."""
    request = schedule.request
    if schedule.rule.with_champion and _has_champion(store, schedule):
        return replace(request, space=with_champion(request.space, Path(request.space_root), request.name))
    return request


def with_champion(text: str, root: Path, name: str) -> str:
    """A space's TOML with ``champion:NAME`` added; as it was where it has it, or cannot take it."""
    source = f"{Source.CHAMPION}:{name}"
    more = f'{text.rstrip()}\n\n[[candidate]]\nsource = "{source}"\n'
    try:
        if any(candidate.source == source for candidate in read_space(text, root=root).candidates):
            return text
        read_space(more, root=root)
    except SpaceInvalid:  # such as one whose candidates stand in one line
        return text
    return more


def _has_champion(store: Store, schedule: Schedule) -> bool:
    try:
        return store.model(tenant=schedule.tenant, name=schedule.request.name).champion is not None
    except NotFound:  # its first job is still to come
        return False
