"""Time is taken on one thread, as the median of calls that the first ones do not spoil."""

from collections.abc import Callable, Iterator

import pytest
import torch

from automl_tl.model.latency import latency_of, median_seconds
from automl_tl.model.network import Network
from automl_tl.model.predictor import Predictor
from automl_tl.model.spec import ModelSpec


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


class Clock:
    """Each call takes the next of some seconds, the last ones over and over."""

    def __init__(self, *seconds: float) -> None:
        self.now, self.calls, self._seconds = 0.0, 0, seconds

    def __call__(self) -> float:
        return self.now

    def call(self) -> None:
        self.now += self._seconds[min(self.calls, len(self._seconds) - 1)]
        self.calls += 1


@pytest.mark.parametrize(("calls", "warm_ups"), [(5, 2), (50, 5)])
def test_the_first_calls_do_not_count(calls: int, warm_ups: int) -> None:
    clock = Clock(*[100.0] * warm_ups, 0.0625)

    assert median_seconds(clock.call, calls=calls, clock=clock) == 0.0625
    assert clock.calls == warm_ups + calls


def test_one_call_that_was_kept_waiting_does_not_show() -> None:
    clock = Clock(0, 0, 0.25, 0.5, 90.0, 0.25, 0.5)

    assert median_seconds(clock.call, calls=5, clock=clock) == 0.5


@pytest.mark.parametrize(("seconds", "timed"), [(0.5, 10), (60.0, 5)])
def test_calls_that_take_long_are_fewer(seconds: float, timed: int) -> None:
    clock = Clock(seconds)

    median_seconds(clock.call, calls=50, clock=clock)

    assert clock.calls == 5 + timed


def test_torch_has_one_thread_meanwhile_and_its_own_afterwards() -> None:
    seen: set[int] = set()

    median_seconds(lambda: seen.add(torch.get_num_threads()), calls=5)

    assert seen == {1}
    assert torch.get_num_threads() == 3


def test_a_call_that_fails_gives_the_threads_back() -> None:
    broken: Callable[[], object] = {}.popitem

    with pytest.raises(KeyError):
        median_seconds(broken, calls=5)

    assert torch.get_num_threads() == 3


def test_a_model_has_a_latency(spec: ModelSpec, network: Network) -> None:
    assert 0 < latency_of(Predictor(spec=spec, network=network), calls=5) < 10
