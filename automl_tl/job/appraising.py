"""Scores of candidates, asked for where there are more of them than can be probed."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.subsample import subsample_size
from automl_tl.domain.work import Appraise, Appraised, Result
from automl_tl.errors import CandidateUnknown, RequestError, TrialFailed, WorkerLost
from automl_tl.job.desk import Desk
from automl_tl.search.appraisals import Sizes, wanted

_log = logging.getLogger(__name__)
_KIND = "scores"
Scores = dict[str, dict[str, float]]


def appraise(desk: Desk, *, facts: Mapping[str, CandidateFacts], manifest: Manifest, path: Path) -> Scores:
    """The scores of the candidates that are worth asking for, and of those that were asked for before.

    Each answer is a measurement before it is used, one without scores too: nothing is asked twice.
    """
    known = {m.key for m in desk.store.measurements(desk.job.id) if m.kind == _KIND}
    asked = wanted(
        facts,
        budget=desk.job.request.budget,
        sizes=Sizes(
            samples=sum(len(manifest.indices(split)) for split in (Split.TRAIN, Split.VALIDATION)),
            subsample=subsample_size(len(manifest.classes)),
            slots=desk.executor.slots,
        ),
    )
    works = {id: _work(desk, id, path) for id in asked if id not in known}
    futures = {id: desk.begin(work) for id, work in works.items()}
    desk.await_all({futures[id]: work for id, work in works.items()})
    for id, future in futures.items():
        desk.store.measure(desk.lease, Measurement(kind=_KIND, key=id, value=asdict(_answer(id, future))))
    return scores_of(desk)


def scores_of(desk: Desk) -> Scores:
    """What the store knows, by candidate; without those that have no scores."""
    rows = [m for m in desk.store.measurements(desk.job.id) if m.kind == _KIND]
    return {m.key: dict(m.value["scores"]) for m in rows if m.value["scores"]}  # type: ignore[call-overload]


def _work(desk: Desk, id: str, path: Path) -> Appraise:
    candidate = desk.space.candidate(id)
    place = desk.space.candidates.index(candidate)
    return Appraise(
        candidate=candidate,
        manifest=str(path),
        seed=desk.job.request.seed,
        progress=desk.progress(f"appraise-{place}"),
    )


def _answer(id: str, future: Future[Result]) -> Appraised:
    try:
        found = future.result()
    except (TrialFailed, CandidateUnknown, WorkerLost) as problem:
        _log.warning("candidate has no scores", extra={"candidate": id, "why": str(problem)})
        return Appraised(scores={}, seconds=0.0, samples=0, forward_passes=0, reason=str(problem))
    if not isinstance(found, Appraised):
        raise RequestError(f"the worker answered {type(found).__name__}, but Appraised was expected")
    return found
