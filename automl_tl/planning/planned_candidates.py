"""A space's candidates as a plan sees them: shortlisted as in the job, with what is known of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts, Source, why_refused
from automl_tl.domain.job import JobRequest, Limits
from automl_tl.domain.licence import ANY, LicencePolicy
from automl_tl.domain.past import PastResult
from automl_tl.domain.plan import Basis, PlannedCandidate
from automl_tl.domain.rungs import rungs
from automl_tl.domain.space import Space
from automl_tl.job.scoring import beyond
from automl_tl.planning.known import Known
from automl_tl.search.pace import Pace
from automl_tl.search.prior import Place, belief_of, newest
from automl_tl.search.prior import shortlist as places_of
from automl_tl.zoo.hub import is_here
from automl_tl.zoo.stated import licence_here

_GUESSED_ADDS_A_SECOND = 10e9  # of a forward pass on one worker
_GUESSED_STAGES = 4
_WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """``facts`` of the candidates of which enough is known, measured or published; ``basis`` of all;
    ``left_out``: why those beyond the limits would not be searched."""

    facts: Mapping[str, CandidateFacts]
    basis: Mapping[str, Basis]
    left_out: Mapping[str, str]


def sketched(space: Space, known: Known, *, limits: Limits, licences: LicencePolicy = ANY) -> Sketch:
    """What is known of each candidate, and which are beyond the limits, or the operator's licences, by it."""
    facts: dict[str, CandidateFacts] = {}
    basis: dict[str, Basis] = {}
    left_out: dict[str, str] = {}
    is_timed = any(found.stage_seconds for found in known.facts.values())
    reported = {trial.configuration.candidate for trial in known.trials}
    for candidate in space.candidates:
        found = known.facts.get(candidate.id) or _published(candidate, is_timed=not is_timed)
        basis[candidate.id] = _basis(candidate.id, known, reported, found)
        reason = (
            _missing(candidate)
            or _forbidden(candidate, known.facts.get(candidate.id), licences)
            or (None if found is None else beyond(found, limits))
        )
        if reason is not None:
            left_out[candidate.id] = reason
        elif found is not None:
            facts[candidate.id] = found
    return Sketch(facts=facts, basis=basis, left_out=left_out)


def planned(
    request: JobRequest, space: Space, sketch: Sketch, pace: Pace, *, past: Sequence[PastResult]
) -> tuple[PlannedCandidate, ...]:
    """Every candidate, the searched ones first by their places."""
    name = request.dataset_name or request.name
    counted = newest(past)
    belief = belief_of(space, sketch.facts, counted, dataset_name=name)
    places = {} if belief is None else {p.candidate: p for p in places_of(belief, counted, scores={})}
    found = [
        _planned(candidate, sketch, pace, places.get(candidate.id), space) for candidate in space.candidates
    ]
    return tuple(sorted(found, key=lambda c: (not c.is_searched, c.place or len(found), _cost(c))))


def _planned(
    candidate: Candidate, sketch: Sketch, pace: Pace, place: Place | None, space: Space
) -> PlannedCandidate:
    id, facts = candidate.id, sketch.facts.get(candidate.id)
    stages = 0 if facts is None else len(facts.stages)
    first = rungs(space.max_epochs)[0]
    return PlannedCandidate(
        candidate=id,
        source=candidate.source,
        is_searched=id not in sketch.left_out and (place is None or place.is_kept),
        why=_why(id, sketch, place),
        basis=sketch.basis[id],
        place=None if place is None else place.place,
        chance=None if place is None else place.chance,
        probe_seconds=None if not facts else pace.seconds(candidate=id, freeze_depth=stages, epochs=first),
        epoch_seconds=None if not facts else pace.epoch((id, 0)),
        size_bytes=facts.size_bytes if facts else None,
        licence=licence_here(candidate) or (facts.licence if facts else None) or candidate.licence,
        download=_download(candidate, is_opened=sketch.basis[id] not in (Basis.PUBLISHED, Basis.NOTHING)),
    )


def _why(id: str, sketch: Sketch, place: Place | None) -> str:
    if id in sketch.left_out:
        return sketch.left_out[id]
    if place is not None:
        return place.why if place.is_kept else f"left out: {place.why}"
    if id not in sketch.facts:
        return "measured first, then placed"
    return "nothing is known of how well it does: the cheapest come first"


def _cost(candidate: PlannedCandidate) -> float:
    return candidate.epoch_seconds if candidate.epoch_seconds is not None else float("inf")


def _basis(id: str, known: Known, reported: set[str], found: CandidateFacts | None) -> Basis:
    if id not in known.facts:
        return Basis.NOTHING if found is None else Basis.PUBLISHED
    if id in reported:
        return Basis.REPORTED
    return Basis.TIMED if known.facts[id].stage_seconds else Basis.COUNTED


def _published(candidate: Candidate, *, is_timed: bool) -> CandidateFacts | None:
    """What the space file says, None where it says too little; ``is_timed``: at the pace of a modest core.

    Where others were timed here, it goes by its multiply-adds at their pace.
    """
    if candidate.parameters is None or candidate.multiply_adds is None:
        return None
    adds = candidate.multiply_adds
    share = adds // _GUESSED_STAGES
    return CandidateFacts(
        candidate=candidate.id,
        stages=tuple(f"stage {i}" for i in range(1, _GUESSED_STAGES + 1)),
        parameters=candidate.parameters,
        multiply_adds=adds,
        stage_multiply_adds=(share,) * _GUESSED_STAGES,
        features=0,
        image_size=candidate.image_size or 224,
        learning_rate=candidate.recipe.learning_rate or 1e-3,
        freeze_depth=0,
        weights_sha256=candidate.source,
        size_bytes=4 * candidate.parameters,
        licence=candidate.licence,
        stage_seconds=(adds / _GUESSED_ADDS_A_SECOND / _GUESSED_STAGES,) * (_GUESSED_STAGES * is_timed),
    )


def _download(candidate: Candidate, *, is_opened: bool) -> str | None:
    """What would be fetched over the network, None where the weights are here."""
    if candidate.kind not in (Source.TIMM, Source.TRANSFORMERS) or is_opened:
        return None
    name = candidate.reference
    repository = f"timm/{name}" if candidate.kind is Source.TIMM else name
    here = is_here(repository, _WEIGHTS, revision=candidate.revision, cache=None)
    return None if here else f"{_WEIGHTS} of {repository}"


def _forbidden(candidate: Candidate, measured: CandidateFacts | None, policy: LicencePolicy) -> str | None:
    """Why its licence leaves it out, as far as it is known without asking anybody."""
    stated = licence_here(candidate) or (measured.licence if measured else None)
    if stated is None and candidate.licence is None and _download(candidate, is_opened=False):
        return None  # it is read before anything is fetched
    is_local = _download(candidate, is_opened=measured is not None) is None
    return why_refused(candidate, stated=stated, policy=policy, is_local=is_local)


def _missing(candidate: Candidate) -> str | None:
    if candidate.kind is Source.LOCAL_DIR and not Path(candidate.reference).exists():
        return f"there is no {candidate.reference}"
    return None
