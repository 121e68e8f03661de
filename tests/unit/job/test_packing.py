"""Evaluations run at once as far as memory goes."""

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.trial import Configuration
from automl_tl.job.packing import SHARE, Packing

GIGABYTE = 10**9


def facts(id: str, *, training: int | None, device: int | None = None) -> CandidateFacts:
    return CandidateFacts(
        candidate=id,
        stages=("one", "two"),
        parameters=1,
        multiply_adds=2,
        stage_multiply_adds=(1, 1),
        features=1,
        image_size=32,
        learning_rate=1e-3,
        freeze_depth=1,
        weights_sha256=id,
        size_bytes=4,
        training_bytes=training,
        device_bytes=device,
    )


def configuration(id: str, *, depth: int = 0) -> Configuration:
    return Configuration(
        candidate=id,
        freeze_depth=depth,
        learning_rate=1e-3,
        head_learning_rate=1e-3,
        weight_decay=0.0,
        augmentation=0.0,
    )


KNOWN = {
    "small": facts("small", training=GIGABYTE),
    "large": facts("large", training=5 * GIGABYTE),
    "unknown": facts("unknown", training=None),
}
SMALL, LARGE = configuration("small"), configuration("large")


def test_what_fits_beside_the_others_runs_beside_them() -> None:
    packing = Packing(facts=KNOWN, bytes=7 * GIGABYTE)

    assert packing.takes(SMALL, beside=[LARGE, SMALL])
    assert not packing.takes(SMALL, beside=[LARGE, SMALL, SMALL])
    assert not packing.takes(LARGE, beside=[LARGE])


def test_alone_anything_may_try() -> None:
    assert Packing(facts=KNOWN, bytes=1).takes(LARGE, beside=[])


def test_probes_and_what_was_not_measured_are_not_held_back() -> None:
    packing = Packing(facts=KNOWN, bytes=5 * GIGABYTE)

    assert packing.takes(configuration("large", depth=2), beside=[LARGE])
    assert packing.takes(configuration("unknown"), beside=[LARGE])


def test_gpus_count_where_workers_train_on_them_else_the_machine() -> None:
    on_gpu = {"a": facts("a", training=GIGABYTE, device=8 * GIGABYTE)}

    assert Packing.of(on_gpu, cards=2, free_bytes=1).bytes == int(SHARE * 16 * GIGABYTE)
    assert Packing.of(on_gpu, cards=0, free_bytes=1).bytes == int(SHARE * 8 * GIGABYTE)
    assert Packing.of(KNOWN, cards=2, free_bytes=4 * GIGABYTE).bytes == int(SHARE * 4 * GIGABYTE)


def test_who_cannot_choose_by_trial_goes_by_the_largest() -> None:
    assert Packing(facts=KNOWN, bytes=11 * GIGABYTE).at_once(4) == 2
    assert Packing(facts=KNOWN, bytes=11 * GIGABYTE).at_once(1) == 1
    assert Packing(facts=KNOWN, bytes=1).at_once(4) == 1
    assert Packing(facts={"unknown": KNOWN["unknown"]}, bytes=1).at_once(4) == 4
