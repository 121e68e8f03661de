"""What the gate promises, simulated: a twentieth of ``bench gate``."""

import pytest

from automl_tl.bench.gate import run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_equal_models_are_seldom_promoted_and_better_ones_nearly_always() -> None:
    found = run(pairs=100, sequences=100, nights=200, samples=500, seed=1)

    shares = {key: value for key, value in found.items() if isinstance(value, dict)}
    unheeded = [shares.pop(name) for name in list(shares) if "unheeded" in name]
    better = [shares.pop(name) for name in list(shares) if name.startswith("better")]
    assert (len(shares), len(better), len(unheeded)) == (5, 6, 2)
    for name, value in shares.items():
        assert value["share"] <= found["alpha"] + value["two_standard_errors"], name
    assert min(value["share"] for value in better) >= 0.8
    # Were patients not heeded, equal models would replace each other too often: else nothing is shown.
    equal = [value["share"] for name, value in shares.items() if "of patients" in name]
    assert all(value["share"] > share for value, share in zip(unheeded, equal, strict=True))
