"""Passes are timed stage by stage; the clock is the test's own."""

from collections.abc import Iterator
from itertools import count

import pytest
import torch
from torch import nn

from automl_tl.training.speed import speed, timed_batch


class Ticking(nn.Module):
    """A layer that takes so many seconds of the test's clock, forward."""

    def __init__(self, clock: "SteppingClock", seconds: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self._clock = clock
        self._seconds = seconds

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self._clock.now += self._seconds
        return batch * self.weight


class SteppingClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_stage_is_charged_for_what_passes_until_its_last_module_answered() -> None:
    clock = SteppingClock()
    module = nn.Sequential(*(Ticking(clock, seconds) for seconds in (1.0, 2.0, 4.0, 8.0)))

    found = speed(module, torch.zeros(2, 1, 1, 1), stages=(("0", "1"), ("2",), ("no_module",)), clock=clock)

    assert found.stages == (1.5, 2.0, 4.0)  # of two samples; what follows belongs to the last
    assert found.backward == 0.0


def test_backward_is_what_a_step_takes_beyond_forward_and_leaves_no_gradient() -> None:
    ticks: Iterator[int] = count()
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 4), nn.Linear(4, 2)).eval()
    before = [parameter.clone() for parameter in module.parameters()]

    # Forward looks at the clock at its begin, at both stages' ends and at its own: 3 ticks; a step takes 1.
    found = speed(module, torch.zeros(2, 1, 2, 2), stages=(("1",), ("2",)), clock=lambda: float(next(ticks)))

    assert sum(found.stages) == pytest.approx(3 / 2)
    assert found.backward == 0.0  # never below nothing
    assert all(parameter.grad is None for parameter in module.parameters())
    assert all(map(torch.equal, before, module.parameters()))


def test_slow_nets_are_timed_on_fewer_samples() -> None:
    assert [timed_batch(seconds) for seconds in (1e-4, 0.02, 0.05, 3.0)] == [32, 5, 2, 2]
