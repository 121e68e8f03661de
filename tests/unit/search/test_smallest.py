"""A budget too small for one trial is answered with the smallest that works."""

import re
from dataclasses import replace

from simulated_search import SimulatedSearch, facts, space

from automl_tl.domain.budget import Budget
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Split
from automl_tl.search.base import Context, Finish, Propose
from automl_tl.search.funnel import Funnel
from automl_tl.search.pace import pace
from automl_tl.search.smallest import quickest_seconds, too_small

COUNTS = {Split.TRAIN: 1000, Split.VALIDATION: 200, Split.RETEST: 100, Split.TEST: 200}


def timed() -> dict[str, CandidateFacts]:
    """As measured: a millisecond forward for 1,000 multiply-adds, twice that backward."""
    return {
        id: replace(
            found,
            stage_seconds=tuple(1e-6 * adds for adds in found.stage_multiply_adds),
            backward_seconds=2e-6 * found.multiply_adds,
        )
        for id, found in facts().items()
    }


def context(budget: Budget, *, begun: float = 12.0) -> Context:
    return Context(
        space=space(),
        facts=timed(),
        trials=(),
        seconds=begun,
        budget=budget,
        seed=0,
        counts=COUNTS,
        begun=begun,
    )


def test_the_smallest_budget_that_is_named_begins_a_trial_and_five_seconds_less_do_not() -> None:
    before = context(Budget(seconds=14))
    known = pace((), before.facts, counts=COUNTS)

    said = too_small(14, begun=before.begun, quickest=quickest_seconds(before.space, known))

    named = re.search(r"the smallest that works here is about (\d+) s$", said)
    assert named is not None, said
    smallest = float(named.group(1))
    assert isinstance(Funnel().step(context(Budget(seconds=smallest))), Propose)
    assert isinstance(Funnel().step(context(Budget(seconds=smallest - 5))), Finish)


def test_where_nothing_was_measured_only_what_has_passed_is_said() -> None:
    assert quickest_seconds(space(), pace((), facts())) is None

    said = too_small(10, begun=12.0, quickest=None)

    assert said.startswith("a time budget of 10 s is too small: 12 s had passed when the search began")


def test_no_trial_is_begun_that_was_measured_not_to_fit() -> None:
    search = SimulatedSearch(strategy=Funnel(), space=space(), budget=Budget(seconds=60))
    view = replace(search.context(), facts=timed(), counts=COUNTS)

    slow = {id: replace(found, backward_seconds=1.0) for id, found in timed().items()}
    assert isinstance(Funnel().step(view), Propose)
    # Only the probes, which train no backbone, are left to begin.
    proposed = Funnel().propose(replace(view, facts=slow))
    assert proposed.origin == "probe"


def test_a_budget_that_failed_is_never_named_as_the_smallest_that_works() -> None:
    said = too_small(120, begun=12.0, quickest=1.0)  # it should have been enough, and was not

    assert said.endswith("about 125 s")
