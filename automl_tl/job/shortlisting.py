"""Between score and search: what past jobs know is written down, and the candidates are shortlisted."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.past import PastResult
from automl_tl.job.appraising import Scores
from automl_tl.job.desk import Desk
from automl_tl.search.policy.belief import Belief
from automl_tl.search.prior import belief_of, newest
from automl_tl.search.prior import shortlist as places_of

PAST = "past"
SHORTLIST = "shortlist"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortlist:
    """The candidates that are searched, and what is believed of them; None: nothing is known."""

    facts: Mapping[str, CandidateFacts]
    scores: Scores
    belief: Belief | None = None


def shortlist(desk: Desk, facts: Mapping[str, CandidateFacts], *, scores: Scores) -> Shortlist:
    """Who is searched, by past jobs, published facts and scores; each candidate's place and why are stored.

    A resumed job goes by what its first runner stored, however much the past has grown. Raises LeaseLost.
    """
    past = _past(desk)
    dataset_name = desk.job.request.dataset_name or desk.job.request.name
    belief = belief_of(desk.space, facts, past, dataset_name=dataset_name)
    if belief is None:
        return Shortlist(facts=facts, scores=scores)
    known = {m.key: m.value for m in desk.store.measurements(desk.job.id) if m.kind == SHORTLIST}
    if len(known) < len(facts):
        for place in places_of(belief, past, scores=scores):
            value = {key: found for key, found in asdict(place).items() if key != "candidate"}
            known.setdefault(place.candidate, value)
            desk.store.measure(desk.lease, Measurement(kind=SHORTLIST, key=place.candidate, value=value))
            _log.info("candidate placed", extra={"job": desk.job.id, **asdict(place)})
    kept = {id: found for id, found in facts.items() if known[id]["is_kept"]}
    return Shortlist(facts=kept, scores=scores, belief=belief)


def _past(desk: Desk) -> tuple[PastResult, ...]:
    """What was known when the job's search first began."""
    stored = [m.value for m in desk.store.measurements(desk.job.id) if m.kind == PAST]
    if stored:
        rows = stored[0]["results"]
        assert isinstance(rows, list)
        return tuple(PastResult(**row) for row in rows)
    tenant = None if desk.settings.shared_prior else desk.job.tenant
    past = newest(desk.store.past_results(tenant=tenant))
    value: dict[str, object] = {"results": [asdict(result) for result in past]}
    desk.store.measure(desk.lease, Measurement(kind=PAST, key="results", value=value))
    return past
