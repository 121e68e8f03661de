import numpy as np
import pytest
import torch

from automl_tl.training.augment import augment, viewed
from automl_tl.training.inputs import ActivationInputs
from automl_tl.training.loop import LABEL_SMOOTHING, smoothed
from automl_tl.training.mixing import Mix, draw_mix, jitter, mixing_alpha
from automl_tl.training.schedule import FLOOR, factor
from automl_tl.training.views import ViewedInputs

PICTURES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (32, 3, 16, 16), dtype=np.uint8))


def drawn(strength: float, seed: int = 0) -> torch.Tensor:
    return augment(PICTURES, strength=strength, randomness=np.random.default_rng(seed))


def test_strength_nought_changes_nothing() -> None:
    assert torch.equal(drawn(0.0), PICTURES.float())


@pytest.mark.parametrize("strength", [0.1, 0.5, 1.0])
def test_pictures_keep_shape_and_range(strength: float) -> None:
    varied = drawn(strength)

    assert varied.shape == PICTURES.shape and varied.dtype == torch.float32
    assert float(varied.min()) >= 0 and float(varied.max()) <= 255
    assert not torch.equal(varied, PICTURES.float())


def test_the_same_randomness_gives_the_same_pictures() -> None:
    assert torch.equal(drawn(0.7, seed=4), drawn(0.7, seed=4))
    assert not torch.equal(drawn(0.7, seed=4), drawn(0.7, seed=5))


def test_more_strength_changes_more() -> None:
    smooth = torch.linspace(0, 255, 16).expand(32, 3, 16, 16)
    changes = [
        float((augment(smooth, strength=s, randomness=np.random.default_rng(0)) - smooth).abs().mean())
        for s in (0.1, 0.4, 1.0)
    ]

    assert changes == sorted(changes)


def test_pictures_are_seldom_mirrored_at_low_strength() -> None:
    ramp = torch.linspace(0, 255, 16).expand(500, 1, 16, 16)

    def mirrored(strength: float) -> float:
        varied = augment(ramp, strength=strength, randomness=np.random.default_rng(0))
        left, right = varied[..., :8].mean(dim=(1, 2, 3)), varied[..., 8:].mean(dim=(1, 2, 3))
        return float((left > right).float().mean())

    assert mirrored(0.2) < 0.05
    assert 0.4 < mirrored(1.0) < 0.6


def test_mixing_mixes_targets_as_it_mixes_samples() -> None:
    mix = Mix(share=0.75, partners=torch.tensor([1, 0]))
    soft = smoothed(torch.tensor([0, 1]), classes=2, mix=mix)

    low = LABEL_SMOOTHING / 2
    kept = 0.75 * (1 - LABEL_SMOOTHING) + low
    assert torch.allclose(soft, torch.tensor([[kept, 1 - kept], [1 - kept, kept]]))
    assert torch.allclose(mix(torch.tensor([[4.0], [0.0]])), torch.tensor([[3.0], [1.0]]))


def test_a_sample_is_mostly_itself() -> None:
    mixes = [draw_mix(4, alpha=0.4, randomness=np.random.default_rng(seed)) for seed in range(50)]

    assert all(mix is not None and 0.5 <= mix.share <= 1 for mix in mixes)
    assert draw_mix(4, alpha=0.0, randomness=np.random.default_rng(0)) is None


def test_pictures_mix_at_high_strength_only_and_activations_at_any() -> None:
    assert mixing_alpha(0.5, of_activations=False) == 0 < mixing_alpha(0.6, of_activations=False)
    assert mixing_alpha(0.1, of_activations=True) > 0


def test_jitter_keeps_activations_on_average() -> None:
    rows = (torch.ones(1000, 8), torch.zeros(1000, 2))

    varied = jitter(rows, strength=1.0, randomness=np.random.default_rng(0))

    assert float(varied[0].mean()) == pytest.approx(1, abs=0.01)
    assert 0.08 < float(varied[0].std()) < 0.12
    assert torch.equal(varied[1], rows[1])  # what is silent stays silent


def test_the_learning_rate_rises_then_falls_and_stays() -> None:
    factors = [factor(step, ends=(100,)) for step in range(130)]

    peak = factors.index(max(factors))
    assert peak == 3 and factors[peak] == 1
    assert factors[:4] == sorted(factors[:4]) and factors[3:] == sorted(factors[3:], reverse=True)
    assert factors[100] == factors[129] == pytest.approx(FLOOR)


def test_the_learning_rate_has_fallen_at_each_rung_and_starts_anew_after_it() -> None:
    factors = [factor(step, ends=(100, 300)) for step in range(300)]

    assert factors[99] < 0.02 and factors[299] < 0.02
    assert factors[101] > 0.2 and max(factors[100:]) == 1


def test_a_view_of_a_picture_is_the_same_in_any_batch() -> None:
    pictures = torch.rand(4, 3, 16, 16) * 255
    samples = np.array([f"{number:064x}" for number in (7, 1, 9, 3)], "S64")

    together = viewed(pictures, samples=samples, view=1)

    assert torch.equal(viewed(pictures[2:3], samples=samples[2:3], view=1)[0], together[2])
    assert not torch.equal(viewed(pictures, samples=samples, view=0), together)


def test_a_sample_is_one_of_its_views_as_often_as_the_strength_says() -> None:
    targets = torch.zeros(2000, dtype=torch.int64)

    def constant(value: float) -> ActivationInputs:
        return ActivationInputs(
            [np.arange(2000, dtype=np.float32)[:, None] + value], targets=targets, device=torch.device("cpu")
        )

    inputs = ViewedInputs(constant(0.0), views=[constant(0.25), constant(0.5)])
    rows = np.random.default_rng(0).permutation(2000)
    found = inputs.varied(rows, strength=0.5, randomness=np.random.default_rng(1))[0][:, 0].numpy()

    assert np.array_equal(np.floor(found), rows)
    shares = [float((found % 1 == value).mean()) for value in (0.0, 0.25, 0.5)]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.05)
