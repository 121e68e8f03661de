"""How long work will take is told from what work took."""

import pytest
from simulated_search import SimulatedSearch, facts, space

from automl_tl.domain.budget import Budget
from automl_tl.domain.dataset import Modality
from automl_tl.domain.rungs import incumbent
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.search.base import Context
from automl_tl.search.funnel import Funnel
from automl_tl.search.pace import pace
from automl_tl.search.reserve import reserve_seconds
from automl_tl.search.shares import RESERVE_SHARE, SCRATCH_SHARE, baseline_seconds


def trial(number: int, candidate: str, *, freeze_depth: int, seconds: tuple[float, ...]) -> Trial:
    """A trial whose reports at epochs 1, 3, 9 took these seconds."""
    reports = tuple(
        Report(epoch=epoch, value=0.5, loss=1.0, checkpoint="", seconds=took, multiply_adds=1)
        for epoch, took in zip((1, 3, 9), seconds, strict=False)
    )
    configuration = Configuration(
        candidate=candidate,
        freeze_depth=freeze_depth,
        learning_rate=1e-3,
        head_learning_rate=1e-2,
        weight_decay=0.0,
        augmentation=0.0,
    )
    return Trial(
        number=number, seed=0, configuration=configuration, state=TrialState.WAITING, reports=reports
    )


def test_nothing_measured_is_nothing_known() -> None:
    assert pace((), facts()).seconds(candidate="small", freeze_depth=0, epochs=1) is None


def test_the_first_report_counts_until_there_is_another() -> None:
    once = pace((trial(0, "small", freeze_depth=0, seconds=(30.0,)),), facts())
    twice = pace((trial(0, "small", freeze_depth=0, seconds=(30.0, 20.0)),), facts())

    assert once.seconds(candidate="small", freeze_depth=0, epochs=2) == pytest.approx(60.0)
    assert twice.seconds(candidate="small", freeze_depth=0, epochs=2) == pytest.approx(20.0)


def test_another_depth_and_another_candidate_are_scaled_by_multiply_adds() -> None:
    measured = pace((trial(0, "small", freeze_depth=0, seconds=(30.0,)),), facts())

    probe = measured.seconds(candidate="small", freeze_depth=5, epochs=1)
    middle = measured.seconds(candidate="middle", freeze_depth=0, epochs=1)
    assert probe is not None and probe == pytest.approx(30.0 / 3, rel=0.05)  # one pass for the cache
    assert middle == pytest.approx(2.5 * 30.0)


def test_estimates_of_a_whole_search_are_near_what_it_took() -> None:
    search = SimulatedSearch(strategy=Funnel(), space=space(), budget=Budget(trials=20))
    search.run()
    measured = pace(tuple(search.trials.values()), facts())

    for found in search.trials.values():
        told = measured.seconds(
            candidate=found.configuration.candidate,
            freeze_depth=found.configuration.freeze_depth,
            epochs=9,
        )
        assert told == pytest.approx(search.seconds(found, until_epoch=found.epoch + 9), rel=0.25, abs=2.0)


@pytest.mark.parametrize("seconds", [20.0, 600.0, 86_400.0])
def test_the_reserve_begins_at_the_cap_and_never_exceeds_a_third(seconds: float) -> None:
    def reserved(*trials: Trial) -> float:
        context = Context(
            space=space(),
            facts=facts(),
            trials=trials,
            seconds=0.0,
            budget=Budget(seconds=seconds),
            seed=0,
        )
        return reserve_seconds(context, pace=pace(trials, facts()), best=incumbent(trials))

    slow = trial(0, "large", freeze_depth=0, seconds=(seconds,))
    quick = trial(0, "large", freeze_depth=0, seconds=(0.001 * seconds,))

    assert reserved() >= SCRATCH_SHARE * seconds
    assert reserved(slow) == pytest.approx(RESERVE_SHARE * seconds)
    assert reserved(quick) < reserved()


def test_the_reserve_holds_what_counting_words_takes_but_no_more_than_a_third() -> None:
    trials = (trial(0, "large", freeze_depth=0, seconds=(1.0,)),)

    def reserved(modality: Modality, *, classes: int) -> float:
        taken = baseline_seconds(modality, samples=7_000, classes=classes)
        context = Context(
            space=space(), facts=facts(), trials=trials, seconds=0.0, budget=Budget(seconds=600.0), seed=0,
            baseline_seconds=taken,
        )  # fmt: skip
        return reserve_seconds(context, pace=pace(trials, facts()), best=incumbent(trials))

    pictures = reserved(Modality.IMAGE, classes=77)

    assert reserved(Modality.TEXT, classes=77) == pytest.approx(pictures + 38, abs=1)
    assert reserved(Modality.TEXT, classes=1_000) == pytest.approx(RESERVE_SHARE * 600.0)
