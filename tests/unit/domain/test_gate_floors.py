"""A broken floor refuses, whatever the average, and names what was found and what was expected."""

import pytest

from automl_tl.domain.floors import Bounds, Figures, Floors, Part
from automl_tl.domain.gate import Gain, GatePolicy, Interval, Outcome, Policy, Proof
from automl_tl.domain.judgement import decide

FIGURES = Figures(
    classes=(
        Part(name="benign", samples=80, units=80, value=0.95, loss=-0.02, surely=-0.05),
        Part(name="malignant", samples=40, units=12, value=0.8, loss=0.1, surely=0.02),
        Part(name="rare", samples=3, units=3, value=0.667, loss=0.333, surely=-0.2),
    ),
    slices=(
        Part(name="day", samples=90, units=90, value=0.93, loss=0.04, surely=-0.01),
        Part(name="night", samples=30, units=30, value=0.7, loss=0.06, surely=0.01),
    ),
    latency_seconds=0.012,
    size_bytes=14_000_000,
    train=0.99,
    validation=0.93,
)


def proof(figures: Figures = FIGURES) -> Proof:
    """A challenger that is provenly better than the majority and the champion on the average."""
    better = Interval(low=0.02, high=0.1)
    return Proof(
        metric="accuracy",
        samples=123,
        opening=1,
        alpha=0.05,
        values={"challenger": 0.9, "majority": 0.6, "champion": 0.85},
        intervals={},
        gains=tuple(Gain(over=name, mean=0.05, interval=better) for name in ("majority", "champion")),
        champion_version=3,
        calibration=0.04,
        figures=figures,
    )


@pytest.mark.parametrize(
    ("floors", "why"),
    [
        (
            Floors(min_recall=Bounds(named={"malignant": 0.95})),
            'recall of class "malignant" is 0.800 on 40 samples of 12 groups, but at least 0.95 is expected',
        ),
        (
            Floors(min_recall=Bounds(every=0.9, named={"malignant": 0.5})),
            'recall of class "rare" is 0.667 on 3 samples, but at least 0.9 is expected',
        ),
        (
            Floors(min_slice_value=Bounds(every=0.75)),
            'value on slice "night" is 0.700 on 30 samples, but at least 0.75 is expected',
        ),
        (
            Floors(max_class_loss=Bounds(named={"malignant": 0.05})),
            'recall of class "malignant" is 0.100 below the champion\'s on 40 samples of 12 groups, '
            "but at most 0.05 may be lost",
        ),
        (
            Floors(max_slice_loss=Bounds(every=0.03)),
            'value on slice "night" is 0.060 below the champion\'s on 30 samples, '
            "but at most 0.03 may be lost",
        ),
        (Floors(max_latency_ms=10), "it takes 12 ms a sample, but at most 10 is allowed"),
        (Floors(max_size_mb=12.5), "it has 14 MB, but at most 12.5 is allowed"),
        (Floors(max_calibration_error=0.03), "its calibration error is 0.04, but at most 0.03 is allowed"),
        (Floors(max_train_gap=0.05), "its value on train is 0.06 above validation, but at most 0.05 is"),
        (
            Floors(max_test_gap=0.02),
            "its value on validation is 0.03 above test, but at most 0.02 is allowed",
        ),
        (
            Floors(min_recall=Bounds(named={"unseen": 0.1})),
            'recall of class "unseen" was not measured, for no sealed sample is of it',
        ),
    ],
)
@pytest.mark.parametrize("policy", list(Policy))
def test_a_broken_floor_refuses_for_every_policy(floors: Floors, why: str, policy: Policy) -> None:
    decision = decide(proof(), GatePolicy(policy=policy, floors=floors))

    assert decision.outcome is Outcome.REFUSE
    assert f"; refused, for {why}" in decision.reason


def test_floors_that_hold_promote() -> None:
    floors = Floors(
        min_recall=Bounds(every=0.6),
        min_slice_value=Bounds(every=0.7),
        max_class_loss=Bounds(every=0.34),
        max_slice_loss=Bounds(named={"day": 0.0}),  # found, but chance explains it
        max_latency_ms=12.1,
        max_size_mb=14,
        max_calibration_error=0.04,
        max_train_gap=0.0601,
        max_test_gap=0.0301,
    )

    assert decide(proof(), GatePolicy(floors=floors)).outcome is Outcome.PROMOTE


def test_a_loss_on_so_few_samples_that_no_test_could_tell_is_taken_as_found() -> None:
    decision = decide(proof(), GatePolicy(floors=Floors(max_class_loss=Bounds(named={"rare": 0.1}))))

    assert decision.outcome is Outcome.REFUSE
    assert 'recall of class "rare" is 0.333 below the champion\'s on 3 samples' in decision.reason


def test_the_worst_is_named_and_the_others_are_counted() -> None:
    floors = Floors(min_recall=Bounds(every=0.9), max_latency_ms=1)

    reason = decide(proof(), GatePolicy(floors=floors)).reason

    assert reason.endswith(
        'for recall of class "rare" is 0.667 on 3 samples, but at least 0.9 is expected '
        "(and 2 more floors are broken)"
    )


def test_a_figure_that_was_not_measured_breaks_its_floor() -> None:
    decision = decide(proof(Figures()), GatePolicy(floors=Floors(max_latency_ms=10)))

    assert decision.outcome is Outcome.REFUSE
    assert "refused, for nobody measured whether it takes at most 10 ms a sample" in decision.reason
