"""What earlier jobs on this machine measured of a space's candidates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.job import Job, JobState, Phase
from automl_tl.domain.space import Space
from automl_tl.domain.trial import Trial
from automl_tl.errors import SpaceInvalid
from automl_tl.job.own_champions import of_tenant
from automl_tl.job.phases import phase_seconds
from automl_tl.job.scoring import facts_in
from automl_tl.store.base import Store

_MOST_JOBS = 30  # the newest
_MOST_TRIED = 3  # jobs whose trials are read
_PROOF = (str(Phase.PROVE), str(Phase.PROMOTE))
ReadSpace = Callable[[str, Path], Space]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """``facts`` and ``trials`` are of the space's own ids.

    ``begin_seconds`` passed until the search of a finished job began, the dataset-name's newest or else the
    newest; ``prove_seconds`` is what the proof took, and ``manifest`` the file, of the dataset-name alone.
    """

    facts: Mapping[str, CandidateFacts] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    begin_seconds: float | None = None
    prove_seconds: float | None = None
    manifest: str | None = None


def known_of(store: Store, space: Space, *, tenant: str, dataset_name: str, read_space: ReadSpace) -> Known:
    """The newest measurement of each candidate, and trials whose reports say what they were spent on."""
    wanted = {_identity(candidate): candidate.id for candidate in space.candidates}
    jobs = store.jobs(tenant=tenant, limit=_MOST_JOBS)
    facts: dict[str, CandidateFacts] = {}
    trials: list[Trial] = []
    tried = 0
    for job in jobs:
        ours = _ours(job, wanted, read_space)
        for m in store.measurements(job.id) if ours else ():
            if m.kind == "facts" and m.key in ours:
                facts.setdefault(ours[m.key], replace(facts_in(m.value), candidate=ours[m.key]))
        if ours and tried < _MOST_TRIED and (found := _told(store.trials(job.id), ours)):
            tried += 1
            trials += found
    begin, prove = _times(store, jobs, dataset_name=dataset_name)
    return Known(
        facts={id: facts[id] for id in wanted.values() if id in facts},
        trials=tuple(trials),
        begin_seconds=begin,
        prove_seconds=prove,
        manifest=next((job.manifest for job in jobs if job.manifest and _named(job) == dataset_name), None),
    )


def _identity(candidate: Candidate) -> tuple[object, ...]:
    return candidate.source, candidate.revision, candidate.image_size, candidate.length


def _ours(job: Job, wanted: Mapping[tuple[object, ...], str], read_space: ReadSpace) -> dict[str, str]:
    """Which of a job's candidates are which of the space's."""
    try:
        theirs = of_tenant(read_space(job.request.space, Path(job.request.space_root)), job.tenant)
    except SpaceInvalid:  # a space of an older version
        return {}
    return {c.id: wanted[_identity(c)] for c in theirs.candidates if _identity(c) in wanted}


def _told(trials: tuple[Trial, ...], ours: Mapping[str, str]) -> list[Trial]:
    """Trials of the space's candidates, with the reports that say what their seconds went into."""
    found = []
    for trial in trials:
        reports = tuple(report for report in trial.reports if report.outlay is not None)
        if reports and trial.configuration.pretrained and trial.configuration.candidate in ours:
            id = ours[trial.configuration.candidate]
            found.append(
                replace(trial, reports=reports, configuration=replace(trial.configuration, candidate=id))
            )
    return found


def _times(store: Store, jobs: tuple[Job, ...], *, dataset_name: str) -> tuple[float | None, float | None]:
    ended = [job for job in jobs if job.state is JobState.SUCCEEDED]
    same = next((job for job in ended if _named(job) == dataset_name), None)
    newest = same or next(iter(ended), None)
    if newest is None:
        return None, None
    begun = next((m.value["seconds"] for m in store.measurements(newest.id) if m.kind == "begun"), None)
    spent = phase_seconds(store, newest.id)
    begin = float(begun) if isinstance(begun, int | float) else None
    return begin, None if same is None else sum(spent.get(phase, 0.0) for phase in _PROOF)


def _named(job: Job) -> str:
    return job.request.dataset_name or job.request.name
