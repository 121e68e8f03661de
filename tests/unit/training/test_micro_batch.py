import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate
from automl_tl.errors import OutOfMemory
from automl_tl.training.micro_batch import MicroBatch, found_for
from automl_tl.zoo.base import Backbone, Zoo

Run = Callable[..., Report]
Build = Callable[..., Evaluate]
CANDIDATE = Candidate(id="any", source="embedded:any")


class HungryZoo:
    """Its nets run out of memory while they train on more than ``most`` samples at once."""

    def __init__(self, zoo: Zoo, *, most: int) -> None:
        self._zoo = zoo
        self.most = most
        self.seen: list[int] = []

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        backbone = self._zoo.load(candidate, pretrained=pretrained)
        backbone.module.register_forward_pre_hook(self._eat)
        return backbone

    def facts(self, candidate: Candidate) -> CandidateFacts:
        return self._zoo.facts(candidate)

    def weights(self, candidate: Candidate) -> Path:
        return self._zoo.weights(candidate)

    def _eat(self, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if module.training and len(inputs[0]) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.")
        if module.training:
            self.seen.append(len(inputs[0]))

    def __deepcopy__(self, memo: object) -> "HungryZoo":
        return self


@pytest.mark.parametrize(("net", "augmentation"), [("test_vit", 0.7), ("test_resnet", 0.0)])
def test_a_batch_in_parts_trains_as_the_whole_does(
    zoo: Zoo, run: Run, work: Build, tmp_path: Path, net: str, augmentation: float
) -> None:
    wanted = work(net, augmentation=augmentation, until_epoch=3, into=str(tmp_path / "whole"))
    whole = run(wanted)
    hungry = HungryZoo(zoo, most=5)

    parts = run(replace(wanted, into=str(tmp_path / "parts")), zoo=hungry)

    assert max(hungry.seen) <= 5
    assert "micro-batch" not in whole.notes and parts.notes.endswith("micro-batch 4")
    assert parts.steps == whole.steps
    assert parts.loss == pytest.approx(whole.loss, rel=1e-4)
    assert parts.value == whole.value and parts.train_value == whole.train_value


def test_the_next_trial_of_a_candidate_begins_with_what_fitted(
    zoo: Zoo, run: Run, work: Build, tmp_path: Path
) -> None:
    hungry = HungryZoo(zoo, most=5)
    run(work("test_vit", seed=8), zoo=hungry)
    hungry.most = 60

    later = run(work("test_vit", seed=9, into=str(tmp_path / "later")), zoo=hungry)

    assert later.notes == "micro-batch 4"


def test_one_sample_that_does_not_fit_fails_the_trial(zoo: Zoo, run: Run, work: Build) -> None:
    with pytest.raises(OutOfMemory, match="one sample at a time does not fit into memory either"):
        run(work("test_efficientnet"), zoo=HungryZoo(zoo, most=0))


def test_a_deeper_freeze_is_not_held_to_what_a_shallower_one_needed() -> None:
    def greedy(part: slice) -> None:
        if part.stop - part.start > 3:
            raise MemoryError

    found_for(CANDIDATE, depth=2).each(8, greedy)

    assert [found_for(CANDIDATE, depth=depth).size for depth in (0, 2, 3)] == [2, 2, None]


@pytest.mark.parametrize(("samples", "size"), [(16, None), (16, 4), (17, 4), (3, 8), (1, 1)])
def test_parts_are_the_whole_in_order(samples: int, size: int | None) -> None:
    parts = MicroBatch(size).parts(samples)

    assert [row for part in parts for row in range(samples)[part]] == list(range(samples))
    assert max(part.stop - part.start for part in parts) <= (size or samples)


def test_other_errors_pass_through() -> None:
    def wrong(part: slice) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        MicroBatch().each(4, wrong)


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited as Linux does it")
def test_torch_that_cannot_allocate_is_heard() -> None:
    code = """
import resource, torch
from automl_tl.training.micro_batch import MicroBatch
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 2**30, now + 2**30))
batch = MicroBatch()
ones = batch.each(64, lambda part: int(torch.ones(part.stop - part.start, 2**23)[:, 0].sum()))
print(batch.size, sum(ones))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    size, total = map(int, done.stdout.split())
    assert size < 64 and total == 64
