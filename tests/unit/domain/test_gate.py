"""The gate promotes what is proven, keeps what is not beaten, refuses what breaks a floor."""

import random
from dataclasses import replace

import pytest

from automl_tl.domain.gate import (
    Gain,
    GatePolicy,
    Interval,
    MustBeat,
    Outcome,
    Policy,
    Proof,
    granted,
)
from automl_tl.domain.judgement import decide

VALUES = {"majority": 0.1, "cheap": 0.96, "scratch": 0.95, "champion": 0.97}


def proof(**gains: tuple[float, float]) -> Proof:
    """A challenger at 0.986, with the intervals of its gains."""
    return Proof(
        metric="accuracy",
        samples=360,
        opening=1,
        alpha=0.05,
        values={"challenger": 0.986, **{name: VALUES[name] for name in gains}},
        intervals={},
        gains=tuple(
            Gain(over=name, mean=0.986 - VALUES[name], interval=Interval(low=low, high=high))
            for name, (low, high) in gains.items()
        ),
        champion_version=3 if "champion" in gains else None,
    )


def test_the_first_challenger_that_beats_the_majority_is_promoted() -> None:
    decision = decide(proof(majority=(0.85, 0.915), cheap=(-0.01, 0.05)), GatePolicy())

    assert decision.outcome is Outcome.PROMOTE
    assert decision.reason == (
        "accuracy 0.986 on 360 sealed samples beats majority 0.100 (gain +0.886, 95 % interval +0.850 to "
        "+0.915); ties with the cheap classifier 0.960 (gain +0.026, -0.010 to +0.050); "
        "there was no champion"
    )


@pytest.mark.parametrize(
    ("gains", "outcome", "why"),
    [
        ({"majority": (-0.01, 0.1)}, Outcome.REFUSE, "not proven better than majority"),
        ({"cheap": (0.01, 0.1)}, Outcome.REFUSE, "majority, which has to be beaten, was not read"),
        ({"majority": (0.8, 0.9), "cheap": (-0.04, -0.01)}, Outcome.REFUSE, "cheap classifier is"),
        ({"majority": (0.8, 0.9), "scratch": (-0.04, -0.01)}, Outcome.REFUSE, "network from scratch is"),
        (
            {"majority": (0.8, 0.9), "champion": (0.001, 0.03)},
            Outcome.PROMOTE,
            "better than champion version 3",
        ),
        ({"majority": (0.8, 0.9), "champion": (0.0, 0.03)}, Outcome.KEEP, "champion version 3, which stays"),
        ({"majority": (0.8, 0.9), "champion": (-0.03, -0.01)}, Outcome.KEEP, "loses to champion version 3"),
    ],
)
def test_each_proof_gets_its_outcome_and_reason(
    gains: dict[str, tuple[float, float]], outcome: Outcome, why: str
) -> None:
    decision = decide(proof(**gains), GatePolicy())

    assert decision.outcome is outcome
    assert why in decision.reason


def test_a_gain_below_the_least_gain_keeps_the_champion() -> None:
    found = proof(majority=(0.8, 0.9), champion=(0.004, 0.03))

    assert decide(found, GatePolicy(min_gain=0.003)).outcome is Outcome.PROMOTE
    kept = decide(found, GatePolicy(min_gain=0.005))
    assert kept.outcome is Outcome.KEEP and "by more than 0.005" in kept.reason


def test_the_floor_can_be_another_baseline() -> None:
    found = proof(majority=(0.8, 0.9), cheap=(-0.01, 0.05))

    assert decide(found, GatePolicy(must_beat=MustBeat.CHEAP)).outcome is Outcome.REFUSE


def test_equal_models_rarely_replace_each_other() -> None:
    randomness = random.Random(0)
    promoted = 0
    for _ in range(2000):
        gain = randomness.gauss(0.0, 0.01)  # the true gain is 0, its standard error 0.01
        found = proof(majority=(0.8, 0.9), champion=(gain - 0.0196, gain + 0.0196))
        promoted += decide(found, GatePolicy()).outcome is Outcome.PROMOTE

    assert promoted / 2000 < 0.035


def test_the_levels_of_ever_so_many_readings_sum_to_alpha() -> None:
    levels = [granted(0.05, reading=reading) for reading in range(1, 100_000)]

    assert levels == sorted(levels, reverse=True)
    assert 0.04999 < sum(levels) < 0.05


def test_a_repeated_reading_is_said_and_so_is_what_could_be_proven() -> None:
    again = replace(proof(majority=(0.8, 0.9), champion=(-0.01, 0.03)), reading=3, alpha=0.0034)

    reason = decide(again, GatePolicy()).reason

    assert "on 360 sealed samples (reading 3 of them, so at level 0.0034)" in reason
    assert reason.endswith("champion version 3, which stays; a gain of about 0.020 would have been")


def test_with_manual_a_person_decides_once_no_floor_is_broken() -> None:
    manual = GatePolicy(policy=Policy.MANUAL)

    pending = decide(proof(majority=(0.8, 0.9), champion=(0.01, 0.03)), manual)
    refused = decide(proof(majority=(-0.1, 0.1), champion=(0.01, 0.03)), manual)

    assert pending.outcome is Outcome.PENDING
    assert "beats champion version 3" in pending.reason
    assert pending.reason.endswith("no floor is broken, and a person decides")
    assert refused.outcome is Outcome.REFUSE


@pytest.mark.parametrize(
    ("low", "outcome", "why"),
    [
        (-0.009, Outcome.PROMOTE, "proven to lose less than 0.01 to champion version 3"),
        (-0.011, Outcome.KEEP, "not proven to lose less than 0.01 to champion version 3, which stays"),
    ],
)
def test_not_worse_promotes_what_loses_less_than_the_margin(low: float, outcome: Outcome, why: str) -> None:
    decision = decide(proof(majority=(0.8, 0.9), champion=(low, 0.02)), GatePolicy(policy=Policy.NOT_WORSE))

    assert decision.outcome is outcome
    assert why in decision.reason


def test_a_challenger_whose_predictions_are_no_numbers_is_refused() -> None:
    flaw = "gives 12 of 360 samples predictions that are not numbers"
    found = replace(proof(majority=(0.8, 0.9)), flaws={"challenger": flaw})

    decision = decide(found, GatePolicy())

    assert decision.outcome is Outcome.REFUSE
    assert decision.reason.endswith(f"; refused, for the challenger {flaw}")


def test_a_champion_whose_predictions_are_no_numbers_is_said_and_can_be_beaten() -> None:
    flaw = "gives 12 of 360 samples predictions that are not numbers"
    found = replace(proof(majority=(0.8, 0.9), champion=(0.01, 0.03)), flaws={"champion": flaw})

    decision = decide(found, GatePolicy())

    assert decision.outcome is Outcome.PROMOTE
    assert f"champion version 3 {flaw}; proven better" in decision.reason


def test_groups_that_are_too_few_to_prove_anything_are_said() -> None:
    found = replace(proof(majority=(-0.1, 0.9)), groups=5)

    reason = decide(found, GatePolicy()).reason

    assert "360 sealed samples of 5 groups" in reason
    assert reason.endswith(
        "not proven better than majority (5 groups are too few to prove anything at level 0.05)"
    )
