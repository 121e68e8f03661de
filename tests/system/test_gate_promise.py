"""What the gate promises, simulated: a tenth of ``bench gate``."""

import pytest

from automl_tl.bench.gate import run


@pytest.mark.slow
def test_equal_models_are_seldom_promoted_and_better_ones_nearly_always() -> None:
    found = run(pairs=200, sequences=200, nights=200, samples=500, seed=1)

    shares = {key: value for key, value in found.items() if isinstance(value, dict)}
    better = shares.pop("better by twice the provable gain, promoted")
    assert len(shares) == 3
    for name, value in shares.items():
        assert value["share"] <= found["alpha"] + value["two_standard_errors"], name
    assert better["share"] >= 0.8
