"""What of a home nobody needs any more, and why: a rule on rows and a listing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import Job, JobState
from automl_tl.domain.promotion import Decided, ModelLine
from automl_tl.domain.schedule import Schedule
from automl_tl.upkeep.pieces import Kind, Piece

DAY = 86400.0
_OF_ENDED_JOB = (Kind.CHECKPOINTS, Kind.SCRATCH, Kind.ARTIFACTS)
_LEFT_SECONDS = 3600.0  # what is younger may be somebody's who writes it right now
_BOUNDED = (Kind.PICTURES, Kind.ACTIVATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long, and up to how many bytes, what may be needed again is kept."""

    retry_seconds: float
    upload_seconds: float
    picture_bytes: int
    activation_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the rows say is needed.

    ``artifacts`` are folders, ``data`` the paths of datasets and of manifests' roots, ``manifests`` the
    fingerprints of open jobs. ``is_checking``: some job reads its data, and nobody knows yet which.
    """

    jobs: dict[str, Job]
    artifacts: frozenset[str]
    data: frozenset[str]
    manifests: frozenset[str]
    is_checking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """One piece that may go, and why."""

    piece: Piece
    why: str


def needs(
    jobs: Sequence[Job],
    lines: Sequence[ModelLine],
    decisions: Sequence[Decided],
    roots: dict[str, str],
    *,
    schedules: Sequence[Schedule],
) -> Needs:
    """What these rows need; ``roots`` gives the root of a manifest by its path.

    A job needs its data until it is beyond being tried again; a version, as long as it stands; a schedule,
    as long as there is one.
    """
    standing = {decided.job for decided in decisions if decided.gone is None}
    users = [job for job in jobs if job.id in standing or not _is_over(job)]
    open_ = [job for job in jobs if not job.state.is_final]
    return Needs(
        jobs={job.id: job for job in jobs},
        artifacts=frozenset(
            {line.champion.artifact for line in lines if line.champion is not None}
            | {decided.artifact for decided in decisions if _waits(decided)}
        ),
        data=frozenset(
            path
            for job in users
            for path in (job.request.dataset.path, roots.get(job.manifest or "", ""))
            if path
        )
        | {schedule.request.dataset.path for schedule in schedules},
        manifests=frozenset(Path(job.manifest).stem for job in open_ if job.manifest is not None),
        is_checking=any(job.state is JobState.RUNNING and job.manifest is None for job in open_),
    )


def garbage(found: Iterable[Piece], needed: Needs, *, bounds: Bounds, now: float) -> tuple[Garbage, ...]:
    """The pieces that may go; ``now`` in seconds since the epoch."""
    seen = tuple(found)
    return (
        *(
            Garbage(piece=piece, why=why)
            for piece in seen
            if (why := _why(piece, needed, bounds=bounds, now=now)) is not None
        ),
        *_beyond(seen, Kind.PICTURES, limit=bounds.picture_bytes, needed=needed),
        *_beyond(seen, Kind.ACTIVATIONS, limit=bounds.activation_bytes, needed=needed),
    )


def _is_over(job: Job) -> bool:
    return job.state is JobState.SUCCEEDED or (job.state.is_final and job.swept is not None)


def _waits(decided: Decided) -> bool:
    """Whether the registry has yet to take the artifact."""
    is_registered = decided.version is not None or decided.gone is not None
    return not is_registered and decided.decision.outcome is not Outcome.REFUSE


def _why(piece: Piece, needed: Needs, *, bounds: Bounds, now: float) -> str | None:
    if piece.kind in _OF_ENDED_JOB:
        return _why_of_job(piece, needed, bounds=bounds, now=now)
    if piece.kind is Kind.DATASETS:
        return _why_of_data(piece, needed, bounds=bounds, now=now)
    if piece.kind is Kind.LEFTOVERS:
        job = needed.jobs.get(piece.owner)
        is_left = now - piece.changed > _LEFT_SECONDS and (job is None or job.state.is_final)
        return "left behind by a process that died" if is_left else None
    return None


def _why_of_job(piece: Piece, needed: Needs, *, bounds: Bounds, now: float) -> str | None:
    """A job that is unknown here may be another store's: it is left alone."""
    job = needed.jobs.get(piece.owner)
    if job is None or not job.state.is_final or str(piece.path) in needed.artifacts:
        return None
    if not _is_over(job) and now - (job.finished or now) <= bounds.retry_seconds:
        return None
    if piece.kind is Kind.ARTIFACTS:
        return "became no version, or the registry holds it"
    return "its job has ended"


def _why_of_data(piece: Piece, needed: Needs, *, bounds: Bounds, now: float) -> str | None:
    is_young = now - piece.changed <= bounds.upload_seconds
    if is_young or needed.is_checking or any(piece.owner in path for path in needed.data):
        return None
    return "no job and no version needs it"


def _beyond(found: Sequence[Piece], kind: Kind, *, limit: int, needed: Needs) -> Iterator[Garbage]:
    """The least recently used until the rest is within ``limit``; what an open job uses stays."""
    taken = sum(piece.bytes for piece in found if piece.kind is kind)
    for piece in sorted((p for p in found if p.kind is kind), key=lambda piece: piece.changed):
        if taken <= limit:
            return
        if piece.owner not in needed.manifests:
            taken -= piece.bytes
            yield Garbage(piece=piece, why=f"beyond the {limit:,} bytes kept, and not used for longest")
