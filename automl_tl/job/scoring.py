"""The score phase: open every candidate, measure it, leave out what cannot serve."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path

from automl_tl.data.manifest import read_manifest
from automl_tl.domain.candidate import Candidate, CandidateFacts, Source
from automl_tl.domain.job import Limits
from automl_tl.domain.kernels import Kernels, Layout, Precision
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.space import Space
from automl_tl.domain.work import Result, Score, Scored
from automl_tl.errors import (
    AutomlError,
    CandidateFailed,
    CandidateUnknown,
    JobFailed,
    NoCandidate,
    RequestError,
    TrialFailed,
    WorkerLost,
)
from automl_tl.job.desk import Desk
from automl_tl.job.heritage import why_tainted
from automl_tl.search.space_file import check_space

_log = logging.getLogger(__name__)


def score(desk: Desk, manifest: Path) -> dict[str, CandidateFacts]:
    """The facts of every candidate that may be searched.

    Raises NoCandidate when none is left and the space or the limits are why, else JobFailed.
    """
    if not desk.space.candidates:
        modality = read_manifest(manifest).modality
        raise NoCandidate(
            f"the space {desk.space.name} says of none of its candidates that it reads {modality} data"
        )
    known = {m.key for m in desk.store.measurements(desk.job.id) if m.kind in ("facts", "left-out")}
    wanted = [candidate for candidate in desk.space.candidates if candidate.id not in known]
    works = {candidate.id: _work(desk, candidate, manifest) for candidate in wanted}
    futures = {id: desk.begin(work) for id, work in works.items()}
    desk.await_all({futures[id]: work for id, work in works.items()})
    for id, future in futures.items():
        desk.store.measure(desk.lease, _measurement(desk, desk.space.candidate(id), future))
    facts = facts_of(desk)
    check_space(desk.space, facts)
    if not facts:
        raise _none_left(desk)
    return facts


def facts_of(desk: Desk) -> dict[str, CandidateFacts]:
    """What the store knows of the job's candidates, in the space's order."""
    rows = {m.key: m.value for m in desk.store.measurements(desk.job.id) if m.kind == "facts"}
    return {c.id: facts_in(rows[c.id]) for c in desk.space.candidates if c.id in rows}


def pinned(space: Space, facts: Mapping[str, CandidateFacts]) -> Space:
    """The space with its candidates held to the revisions that were measured, wherever their branches go."""
    return replace(space, candidates=tuple(_pinned(c, facts.get(c.id)) for c in space.candidates))


def _pinned(candidate: Candidate, facts: CandidateFacts | None) -> Candidate:
    moves = candidate.kind in (Source.TIMM, Source.TRANSFORMERS, Source.CHAMPION)
    return replace(candidate, revision=facts.revision) if moves and facts and facts.revision else candidate


def left_out(desk: Desk) -> tuple[str, ...]:
    """One sentence for each candidate that was left out."""
    rows = desk.store.measurements(desk.job.id)
    return tuple(f"{m.key}: {m.value['reason']}" for m in rows if m.kind == "left-out")


def _none_left(desk: Desk) -> AutomlError:
    rows = [m.value for m in desk.store.measurements(desk.job.id) if m.kind == "left-out"]
    why = "; ".join(left_out(desk))
    if all(row.get("fault") == "request" for row in rows):
        return NoCandidate(why)
    return JobFailed(f"no candidate is left: {why}")


def _work(desk: Desk, candidate: Candidate, manifest: Path) -> Score:
    place = desk.space.candidates.index(candidate)
    return Score(candidate=candidate, manifest=str(manifest), progress=desk.progress(f"score-{place}"))


def _measurement(desk: Desk, candidate: Candidate, future: Future[Result]) -> Measurement:
    try:
        scored = _scored(desk, candidate, future)
    except (TrialFailed, CandidateUnknown, WorkerLost) as problem:
        _log.warning("candidate left out", extra={"job": desk.job.id, "candidate": candidate.id})
        fault = "request" if isinstance(problem, CandidateUnknown | CandidateFailed) else "job"
        return _without(candidate, str(problem), fault=fault)
    reason = beyond(scored.facts, desk.job.request.limits) or _tainted(desk, candidate, scored.facts)
    if reason is not None:
        return _without(candidate, reason, fault="request")
    return Measurement(kind="facts", key=candidate.id, value=asdict(scored.facts))


def _without(candidate: Candidate, reason: str, *, fault: str) -> Measurement:
    return Measurement(kind="left-out", key=candidate.id, value={"reason": reason, "fault": fault})


def _scored(desk: Desk, candidate: Candidate, future: Future[Result]) -> Scored:
    try:
        scored = future.result()
    except WorkerLost:  # perhaps not its fault: once more, alone
        scored = desk.carry_out(_work(desk, candidate, Path(_manifest(desk))))
    if not isinstance(scored, Scored):
        raise RequestError(f"the worker answered {type(scored).__name__}, but Scored was expected")
    return scored


def _tainted(desk: Desk, candidate: Candidate, facts: CandidateFacts) -> str | None:
    if candidate.kind is not Source.CHAMPION:
        return None
    return why_tainted(
        desk.store,
        candidate.reference,
        revision=facts.revision,
        tenant=desk.job.tenant,
        manifest=read_manifest(Path(_manifest(desk))),
    )


def _manifest(desk: Desk) -> str:
    manifest = desk.store.job(desk.job.id).manifest
    assert manifest is not None
    return manifest


def beyond(facts: CandidateFacts, limits: Limits) -> str | None:
    """Why a candidate may not be searched, None where it may."""
    if limits.parameters is not None and facts.parameters > limits.parameters:
        return f"{facts.parameters} parameters, but at most {limits.parameters} are allowed"
    if limits.size_megabytes is not None and facts.size_bytes > limits.size_megabytes * 1e6:
        return f"{facts.size_bytes / 1e6:.1f} MB, but at most {limits.size_megabytes:g} MB are allowed"
    latency = None if facts.latency_seconds is None else facts.latency_seconds * 1000
    if (
        limits.latency_milliseconds is not None
        and latency is not None
        and latency > limits.latency_milliseconds
    ):
        return f"{latency:.1f} ms a sample, but at most {limits.latency_milliseconds:g} ms are allowed"
    return None


def facts_in(value: Mapping[str, object]) -> CandidateFacts:
    """The facts that a measurement of kind ``facts`` holds."""
    rows = {key: tuple(found) if isinstance(found, list) else found for key, found in value.items()}
    plain = {**rows, "kernels": _kernels(value.get("kernels"))}
    return CandidateFacts(**plain)  # type: ignore[arg-type]  # the row was written from the same class


def _kernels(value: object) -> Kernels:
    if not isinstance(value, Mapping):  # facts from before there were any
        return Kernels()
    return Kernels(precision=Precision(value["precision"]), layout=Layout(value["layout"]))
