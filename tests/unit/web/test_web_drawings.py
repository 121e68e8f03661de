"""What the drawings of a job say: positions, labels, what is left out."""

import math
import time
from dataclasses import replace

import pytest

from automl_tl.domain.gate import Decision, Interval, Outcome, Proof
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.promotion import Decided, Promotion, PromotionKind
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.web.candidates import entrants
from automl_tl.web.champion_chart import MOST, champion_chart
from automl_tl.web.chart import Dot, Scale, moments, powers, thinned, ticks
from automl_tl.web.curve import best_curve
from automl_tl.web.depth_map import depth_map
from automl_tl.web.funnel import funnel


def trial(
    number: int, *, candidate: str = "resnet", depth: int = 0, rate: float = 1e-3, **at: float
) -> Trial:
    configuration = Configuration(
        candidate=candidate,
        freeze_depth=depth,
        learning_rate=rate,
        head_learning_rate=rate,
        weight_decay=0.0,
        augmentation=0.0,
    )
    reports = tuple(
        Report(epoch=int(epoch[1:]), value=value, loss=0.1, checkpoint="", seconds=1.0, multiply_adds=1)
        for epoch, value in at.items()
    )
    return Trial(number=number, seed=0, configuration=configuration, state=TrialState.PRUNED, reports=reports)


def decided(version: int, *, at: float, value: float) -> Decided:
    proof = Proof(
        metric="accuracy",
        samples=100,
        opening=version,
        alpha=0.05,
        values={"challenger": value},
        intervals={"challenger": Interval(low=value - 0.1, high=value + 0.1)},
        gains=(),
    )
    outcome = Outcome.KEEP if version == 2 else Outcome.PROMOTE
    return Decided(
        id=f"d{version}",
        tenant="default",
        name="digits",
        job=f"j-{version}",
        decision=Decision(outcome=outcome, reason=""),
        proof=proof,
        artifact="/a",
        digest="",
        lineage={},
        version=version,
        time=at,
    )


def moved(decision: str | None, *, at: float) -> Promotion:
    kind = PromotionKind.PROMOTE if decision else PromotionKind.EXTERNAL
    return Promotion(
        id=int(at),
        tenant="default",
        name="digits",
        kind=kind,
        decision=decision,
        version=None,
        reason="",
        time=at,
    )


def measured(kind: str, **found: dict[str, object]) -> list[Measurement]:
    return [Measurement(kind=kind, key=key, value=value) for key, value in found.items()]


def test_ticks_are_round_and_told_apart() -> None:
    assert [(tick.at, tick.text) for tick in ticks(Scale(low=0.0, high=10.0), count=5)] == [
        (0.0, "0"),
        (20.0, "2"),
        (40.0, "4"),
        (60.0, "6"),
        (80.0, "8"),
        (100.0, "10"),
    ]
    assert [tick.text for tick in ticks(Scale(low=0.934, high=0.981, falls=True))] == [
        "0.94",
        "0.96",
        "0.98",
    ]
    assert [(tick.at, tick.power) for tick in powers(Scale(low=-4.5, high=-2.5))] == [(25.0, -4), (75.0, -3)]


@pytest.mark.parametrize(("seconds", "form"), [(3600, "%H:%M"), (20 * 86400, "%-d %b"), (9e7, "%b %Y")])
def test_moments_are_round_where_the_reader_lives(seconds: float, form: str) -> None:
    now = time.mktime((2026, 11, 24, 9, 30, 0, 0, 0, -1))

    found = moments(Scale(low=now - seconds, high=now))

    assert 2 <= len(found) <= 7
    for tick in found:
        moment = now - seconds + tick.at / 100 * seconds
        assert abs(moment - round(moment / 60) * 60) < seconds / 5000
        assert tick.text == time.strftime(form, time.localtime(round(moment / 60) * 60))


def test_curve_rises_by_steps_over_every_report() -> None:
    points = [(10.0, 0.5), (20.0, 0.7), (30.0, 0.6), (40.0, 0.9)]

    drawn = best_curve(points, metric="accuracy", until=50.0)

    assert drawn is not None
    assert drawn.label == "best accuracy 0.900 after 4 reports"
    level = [s for s in drawn.strokes if s.y1 == s.y2]
    assert [(s.x1, s.x2) for s in level] == [(20.0, 40.0), (40.0, 80.0), (80.0, 100.0)]
    assert [s.y1 for s in level] == sorted((s.y1 for s in level), reverse=True)
    assert [dot.kind for dot in drawn.dots] == ["report"] * 4 + ["leader"]
    assert drawn.across_name == "seconds"
    assert best_curve([], metric="accuracy", until=5.0) is None


def test_curve_names_no_value_that_its_metric_cannot_have() -> None:
    for metric, values in (("accuracy", (0.8, 1.0)), ("log_loss", (-0.3, 0.0))):
        drawn = best_curve([(10.0, values[0]), (20.0, values[1])], metric=metric, until=20.0)

        assert drawn is not None
        assert float(drawn.up[-1].text) == values[1]
        assert drawn.up[-1].at > 0  # the frame goes on above it


def test_early_failures_lie_below_the_frame() -> None:
    points = [(1.0, 0.8), *((float(t), 0.9) for t in range(2, 40)), (41.0, 0.1)]

    drawn = best_curve(points, metric="accuracy", until=0.0)

    assert drawn is not None
    assert len([dot for dot in drawn.dots if dot.kind == "report"]) == 39
    assert all(0 <= dot.y <= 100 for dot in drawn.dots)


def test_map_draws_the_best_last_and_darkest() -> None:
    trials = [
        trial(0, depth=0, rate=1e-4, e1=0.9),
        trial(1, depth=4, rate=1e-2, e1=0.5),
        trial(2),
        trial(3, depth=2, rate=1e-3, e1=math.nan),
    ]

    drawn = depth_map(trials)

    assert drawn is not None
    assert [dot.title for dot in drawn.dots] == ["trial 1, resnet: 0.500", "trial 0, resnet: 0.900"]
    assert [dot.kind for dot in drawn.dots] == ["v0", "v5"]
    assert drawn.dots[0].x > drawn.dots[1].x and drawn.dots[0].y < drawn.dots[1].y
    assert depth_map([trial(2)]) is None


def test_trials_that_did_equally_well_are_equally_dark() -> None:
    drawn = depth_map([trial(0, depth=0, rate=1e-4, e1=1.0), trial(1, depth=4, rate=1e-2, e1=1.0)])

    assert drawn is not None
    assert [dot.kind for dot in drawn.dots] == ["v5", "v5"]


def test_a_crowd_of_dots_is_thinned() -> None:
    dots = [Dot(x=float(i), y=0.0, kind="report") for i in range(1001)]

    assert [dot.x for dot in thinned(dots, most=500)][:3] == [0.0, 3.0, 6.0]
    assert len(thinned(dots[:400], most=500)) == 400


def test_funnel_counts_candidates_then_trials() -> None:
    rows = [
        *measured("facts", a={}, b={}, c={}),
        *measured("left-out", d={"reason": "too slow"}),
        *measured("shortlist", a={"is_kept": True}, b={"is_kept": True}, c={"is_kept": False}),
    ]
    trials = [
        trial(0, candidate="a", e1=0.5),
        trial(1, candidate="b", e1=0.6, e3=0.7),
        trial(2, candidate="b", e1=0.6, e3=0.7, e9=0.8),
        trial(3, candidate="a"),
    ]

    found = funnel(rows, trials, finalists=2, challengers=1)

    assert found is not None
    assert [(step.word, step.count, step.share) for step in found.steps] == [
        ("candidates", 4, 100.0),
        ("opened", 3, 75.0),
        ("shortlisted", 2, 50.0),
        ("probed", 2, 50.0),
        ("1 epoch", 3, 100.0),
        ("3 epochs", 2, 66.7),
        ("9 epochs", 1, 33.3),
        ("finalists", 2, 66.7),
        ("challenger", 1, 33.3),
    ]
    assert found.steps[1].note == "1 left out"
    assert len(found.bands) == len(found.steps)


def test_funnel_of_many_rungs_shows_the_first_and_the_last() -> None:
    one = trial(0, candidate="a", e1=0.1, e2=0.2, e4=0.3, e8=0.4, e16=0.5)

    found = funnel(measured("facts", a={}), [one], finalists=0, challengers=0)

    assert found is not None
    assert [step.word for step in found.steps if step.unit == "trials"] == [
        "1 epoch",
        "2 epochs",
        "4 epochs",
        "16 epochs",
    ]
    assert funnel([], [], finalists=0, challengers=0) is None


def test_champion_reigns_until_the_next_and_those_kept_are_dots() -> None:
    versions = [
        decided(3, at=300.0, value=0.9),
        decided(2, at=200.0, value=0.6),
        decided(1, at=100.0, value=0.7),
    ]
    moves = [moved("d3", at=300.0), moved("d1", at=100.0)]

    drawn = champion_chart(versions, moves, metric="accuracy", now=4000.0)

    assert drawn is not None
    level = [stroke for stroke in drawn.strokes if stroke.y1 == stroke.y2]
    dots = {dot.title: dot for dot in drawn.dots}
    first, second = dots["version 1: 0.700, promote"], dots["version 3: 0.900, promote"]
    assert (level[0].x1, level[0].x2, level[0].y1) == (first.x, second.x, first.y)
    assert level[1].x1 == second.x and level[1].y1 == second.y
    assert dots["version 2: 0.600, keep"].kind == "keep"
    assert [flag.text for flag in drawn.flags] == ["v1", "v3"]
    assert champion_chart([], [], metric="accuracy", now=1.0) is None


def test_line_breaks_where_the_champion_is_none_of_ours() -> None:
    versions = [decided(1, at=100.0, value=0.7)]
    moves = [moved("d1", at=300.0), moved(None, at=200.0), moved("d1", at=100.0)]

    drawn = champion_chart(versions, moves, metric="accuracy", now=4000.0)

    assert drawn is not None
    assert len(drawn.strokes) == 2
    assert drawn.strokes[0].x2 < drawn.strokes[1].x1


def test_champion_older_than_all_that_is_shown_has_its_line_and_its_name() -> None:
    nights = [decided(2, at=200.0 + night, value=0.6) for night in reversed(range(MOST))]
    versions = [replace(one, id=f"n{at}", version=None) for at, one in enumerate(nights)]
    champion = decided(1, at=100.0, value=0.95)

    drawn = champion_chart([*versions, champion], [moved("d1", at=100.0)], metric="accuracy", now=4000.0)

    assert drawn is not None
    (line,) = drawn.strokes
    assert (line.x1, line.x2 > line.x1) == (drawn.dots[0].x, True)
    assert 0 < line.y1 == line.y2 < min(dot.y for dot in drawn.dots)
    assert [(flag.text, flag.x, flag.y) for flag in drawn.flags] == [("v1", line.x1, line.y1)]


def test_of_champions_too_close_to_be_told_apart_the_later_is_named() -> None:
    versions = [decided(3, at=100.2, value=0.70), decided(1, at=100.0, value=0.7)]
    moves = [moved("d3", at=100.2), moved("d1", at=100.0)]

    drawn = champion_chart(versions, moves, metric="accuracy", now=4000.0)

    assert drawn is not None
    assert [flag.text for flag in drawn.flags] == ["v3"]


def test_candidates_come_best_first_and_those_left_out_last() -> None:
    rows = [
        *measured("left-out", d={"reason": "too slow"}),
        *measured("facts", a={"parameters": 10}, b={"licence": "mit"}, c={}),
        *measured("shortlist", c={"place": 1, "chance": 0.5, "is_kept": True, "why": "known"}),
    ]
    trials = [
        trial(0, candidate="a", e1=0.5),
        trial(1, candidate="b", e1=0.9),
        trial(2, candidate="b", e1=0.7),
    ]

    found = entrants(rows, [replace(one) for one in trials])

    assert [(one.id, one.best, one.trials) for one in found] == [
        ("b", 0.9, 2),
        ("a", 0.5, 1),
        ("c", None, 0),
        ("d", None, 0),
    ]
    assert (found[2].place, found[2].why, found[3].why) == (1, "known", "too slow")
    assert [one.is_searched for one in found] == [True, True, True, False]
