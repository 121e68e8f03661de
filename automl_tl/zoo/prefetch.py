"""Brings candidates onto this machine ahead of any job, so that jobs need no network."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.prefetch import Arrival, Prefetched
from automl_tl.errors import CandidateFailed, CandidateUnknown, LicenceRefused
from automl_tl.zoo.base import Zoo


def prefetch(
    zoo: Zoo, candidates: Iterable[Candidate], *, told: Callable[[str, int, int | None], object]
) -> Iterator[Prefetched]:
    """Each candidate's arrival, once it is known; ``told`` hears a candidate's id, bytes so far, and in all.

    What was fetched before is not fetched again, and a cut download goes on where it was cut.
    """
    for candidate in candidates:
        yield _prefetched(zoo, candidate, told)


def _prefetched(zoo: Zoo, candidate: Candidate, told: Callable[[str, int, int | None], object]) -> Prefetched:
    try:
        was_here = zoo.is_here(candidate)
        zoo.fetch(candidate, progress=partial(told, candidate.id))
        return Prefetched(
            candidate=candidate.id,
            source=candidate.source,
            arrival=Arrival.HERE if was_here else Arrival.FETCHED,
            licence=zoo.licence(candidate) or candidate.licence,
            size_bytes=zoo.weights(candidate).stat().st_size,
        )
    except LicenceRefused as refused:
        return _without(candidate, Arrival.REFUSED, str(refused))
    except (CandidateUnknown, CandidateFailed) as problem:
        return _without(candidate, Arrival.FAILED, str(problem))


def _without(candidate: Candidate, arrival: Arrival, why: str) -> Prefetched:
    return Prefetched(candidate=candidate.id, source=candidate.source, arrival=arrival, why=why)
