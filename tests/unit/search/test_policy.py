"""The policy prefers what is likelier to be good enough a second, and learns from kin, rungs and scores."""

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.search.policy.belief import Belief, believe
from automl_tl.search.policy.option import Option, Outcome, PastDataset, Reached, Seen
from automl_tl.search.policy.policy import Score, Stop, Train, shortlist, view
from automl_tl.search.policy.posterior import posterior

HEIGHTS = {"ant": 80.0, "bee": 84.0, "cow": 88.0, "dog": 87.8, "elk": 70.0}


def option(name: str, **said: object) -> Option:
    return replace(Option(key=name, candidate=name, seconds=10.0), **said)


def past(*, datasets: int = 6, heights: dict[str, float] = HEIGHTS, **said: object) -> list[PastDataset]:
    """Datasets on which every option is worth its height, up to a point of noise."""
    noise = np.random.default_rng(7).normal(0, 0.5, (datasets, len(heights)))
    return [
        PastDataset(
            name=f"past{row}",
            outcomes=tuple(
                Outcome(option=option(name, **said), value=height + noise[row, column])
                for column, (name, height) in enumerate(heights.items())
            ),
        )
        for row in range(datasets)
    ]


def expected(belief: Belief, seen: Seen | None = None) -> dict[str, float]:
    after = posterior(belief, seen or Seen())
    return {o.key: after.mean[place] * after.spread for place, o in enumerate(belief.options)}


def test_without_any_knowledge_the_cheapest_is_first() -> None:
    belief = believe(
        [], [option("ant", seconds=30.0), option("bee", seconds=3.0), option("cow", seconds=9.0)]
    )

    found = view(belief, Seen())

    assert [prospect.key for prospect in found.prospects] == ["bee", "cow", "ant"]


def test_what_did_best_on_past_datasets_is_first() -> None:
    found = view(believe(past(), [option(name) for name in HEIGHTS]), Seen())

    assert {p.key for p in found.prospects[:2]} == {"cow", "dog"}
    assert found.prospects[-1].key == "elk"
    assert sum(p.chance for p in found.prospects[:2]) > 0.8


def test_of_two_that_are_as_good_the_cheaper_is_first() -> None:
    options = [option(name, seconds=40.0 if name == "cow" else 10.0) for name in HEIGHTS]

    assert view(believe(past(), options), Seen()).prospects[0].key == "dog"


def test_published_accuracy_speaks_for_what_was_never_tried() -> None:
    def with_facts(name: str, height: float) -> Option:
        return option(name, facts={"upstream_accuracy": height / 100})

    facts = {name: with_facts(name, height).facts for name, height in HEIGHTS.items()}
    before = [
        replace(
            d,
            outcomes=tuple(
                replace(o, option=replace(o.option, facts=facts[o.option.key])) for o in d.outcomes
            ),
        )
        for d in past()
    ]
    new = [with_facts("new good", 88.0), with_facts("new bad", 71.0)]

    guessed, learnt = expected(believe([], new)), expected(believe(before, new))

    assert guessed["new good"] > guessed["new bad"]
    assert learnt["new good"] > learnt["new bad"] + 2


def test_a_disappointing_result_lowers_its_kin() -> None:
    families = {"ant": "small", "bee": "small", "cow": "large", "dog": "large", "elk": "small"}
    swing = np.random.default_rng(1).normal(0, 4, 8)  # what a family is worth depends on the dataset
    datasets = [
        PastDataset(
            name=f"past{row}",
            outcomes=tuple(
                Outcome(
                    option=option(name, groups={"family": families[name]}),
                    value=80 + (swing[row] if families[name] == "large" else 0) + 0.1 * place,
                )
                for place, name in enumerate(HEIGHTS)
            ),
        )
        for row in range(8)
    ]
    belief = believe(datasets, [option(name, groups={"family": families[name]}) for name in HEIGHTS])
    seen = Seen(reached={"ant": Reached(epoch=1, value=80.0), "cow": Reached(epoch=1, value=72.0)})

    before, after = expected(belief), expected(belief, seen)

    assert abs(before["dog"] - before["bee"]) < 1
    assert after["dog"] < after["bee"] - 2


def test_what_is_trained_is_not_offered_again_and_ends_the_search_when_it_is_good_enough() -> None:
    belief = believe(past(), [option(name) for name in HEIGHTS])
    one = Seen(reached={"cow": Reached(epoch=1, value=88.0)})
    both = Seen(reached={**one.reached, "dog": Reached(epoch=1, value=87.9)})

    assert "cow" not in {prospect.key for prospect in view(belief, one).prospects}
    assert isinstance(view(belief, both).advice(), Stop)


def test_the_same_dataset_of_an_earlier_night_outweighs_all_others() -> None:
    odd = {**HEIGHTS, "elk": 95.0}
    nights = [*past(), *(replace(d, name="mine") for d in past(datasets=1, heights=odd))]

    found = view(believe(nights, [option(name) for name in HEIGHTS], dataset="mine"), Seen())

    assert found.prospects[0].key == "elk"
    assert view(believe(nights, [option(name) for name in HEIGHTS]), Seen()).prospects[0].key != "elk"


def curved(datasets: list[PastDataset]) -> list[PastDataset]:
    """The first of nine epochs tells the end up to a fifth of a point."""
    noise = np.random.default_rng(3)
    return [
        replace(
            d, outcomes=tuple(replace(o, rungs={1: o.value - 9 + noise.normal(0, 0.2)}) for o in d.outcomes)
        )
        for d in datasets
    ]


def test_where_the_first_rung_tells_the_end_it_is_looked_at_first() -> None:
    options = [option(f"new{number}") for number in range(6)]
    belief = believe(curved(past()), options, ladder=(1, 9))

    first = view(belief, Seen()).advice()
    seen = Seen(reached={o.key: Reached(epoch=1, value=60.0 + 2 * n) for n, o in enumerate(options)})

    assert isinstance(first, Train) and first.until_epoch == 1
    assert view(belief, seen).advice() == Train(key="new5", until_epoch=9)


def scored(name: str, height: float, *, cost: float) -> tuple[Option, float]:
    return option(name, score_seconds=cost), height


@pytest.mark.parametrize(("cost", "is_scored"), [(0.01, True), (1000.0, False)])
def test_a_score_is_measured_where_it_is_worth_its_price(cost: float, is_scored: bool) -> None:
    noise = np.random.default_rng(5)
    datasets = [
        PastDataset(
            name=f"past{row}",
            outcomes=tuple(
                Outcome(
                    option=option(f"old{row}-{n}"),
                    value=(v := 80 + noise.normal(0, 3)),
                    scores={"knn": v / 100},
                )
                for n in range(8)
            ),
        )
        for row in range(6)
    ]
    options = [option(f"new{number}", score_seconds=cost) for number in range(6)]
    belief = believe(datasets, options, scores=("knn",))

    assert isinstance(view(belief, Seen()).advice(), Score) is is_scored

    seen = Seen(scores={o.key: {"knn": 0.7 + 0.02 * n} for n, o in enumerate(options)})

    assert view(belief, seen).advice() == Train(key="new5", until_epoch=1)


def test_the_shortlist_ends_with_what_could_surprise() -> None:
    options = [*(option(name) for name in HEIGHTS), option("unknown")]
    found = view(believe(past(), options), Seen())

    chosen = shortlist(found, most=3)

    assert len(chosen) == 3
    assert "unknown" in chosen
    assert shortlist(found, most=10) == tuple(prospect.key for prospect in found.prospects)


def test_the_same_knowledge_gives_the_same_advice() -> None:
    options = [option(name) for name in HEIGHTS]

    once, again = (view(believe(past(), options), Seen()) for _ in range(2))

    assert once == again
    assert all(math.isfinite(prospect.rate) for prospect in once.prospects)
