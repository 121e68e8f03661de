import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.kernels import USUAL, Kernels, Layout, Precision
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate, Score
from automl_tl.job.scoring import facts_in
from automl_tl.model.spec import BackboneSpec, ImagePreprocessing
from automl_tl.training import checkpoint, footprint, scoring
from automl_tl.training.rehearsal import Rehearsal, rehearse, seconds
from automl_tl.training.scoring import is_worth_rehearsing, score
from automl_tl.zoo.base import Backbone, Zoo

CPU = torch.device("cpu")
HALF = Kernels(precision=Precision.BFLOAT16)
Run = Callable[..., Report]
Build = Callable[..., Evaluate]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as a worker's on a small machine: no second one spins
    yield
    torch.set_num_threads(before)


class Net(nn.Module):
    """Takes its time by each precision, or fails by bfloat16."""

    def __init__(self, *, full: float = 0.0, half: float = 0.0, fault: str = "") -> None:
        super().__init__()
        self.linear = nn.Linear(3, 4)
        self._full, self._half, self._fault = full, half, fault

    def forward(self, x: Tensor) -> Tensor:
        is_half = torch.is_autocast_enabled("cpu")
        until = time.process_time() + (self._half if is_half else self._full)
        while time.process_time() < until:
            pass
        if is_half and self._fault == "raises":
            raise RuntimeError('"some_op" not implemented for BFloat16')
        found: Tensor = self.linear(x.mean(dim=(2, 3)))
        return found * (float("nan") if is_half and self._fault == "nan" else 1.0)


def rehearsed(net: Net, *, may_switch: bool = True) -> Rehearsal:
    backbone = Backbone(
        module=net,
        spec=BackboneSpec(library="timm", architecture="net", features=4),
        preprocessing=ImagePreprocessing(size=8, mean=(0.5,) * 3, std=(0.5,) * 3),
        stages=(("linear",),),
    )
    return rehearse(backbone, device=CPU, may_switch=may_switch)


def test_bfloat16_is_taken_where_it_is_clearly_faster() -> None:
    assert rehearsed(Net(full=0.05, half=0.002)).kernels == HALF
    assert rehearsed(Net(full=0.002, half=0.05)).kernels == USUAL
    assert rehearsed(Net(full=0.05, half=0.002), may_switch=False).kernels == USUAL


@pytest.mark.parametrize("fault", ["nan", "raises"])
def test_what_gives_no_numbers_or_does_not_run_is_not_taken(fault: str) -> None:
    assert rehearsed(Net(full=0.02, fault=fault)).kernels == USUAL


def test_the_first_batch_is_not_counted_and_the_hopeless_is_left() -> None:
    moments = iter([0.0, 9.0, 10.0, 12.0, 20.0, 21.0])
    hopeless = iter([0.0, 1.9, 4.0, 9.0])

    assert seconds(lambda: True, clock=lambda: next(moments)) == 1.0
    assert seconds(lambda: True, hopeless=1.0, clock=lambda: next(hopeless)) == float("inf")
    assert next(hopeless, None) is None  # the third batch was never begun


@pytest.mark.skipif(
    footprint.rise(lambda: None, device=CPU) is None, reason="this system does not tell peaks of memory"
)
def test_memory_at_its_highest_is_seen() -> None:
    risen = footprint.rise(lambda: torch.ones(2**24).sum(), device=CPU)

    assert risen is not None and 60 * 2**20 < risen < 80 * 2**20


def test_a_scored_candidate_says_what_its_training_takes(zoo: Zoo, manifest: Path) -> None:
    candidate = Candidate(id="net", source="embedded:test_resnet")

    facts = score(
        Score(candidate=candidate, manifest=str(manifest)), zoo=zoo, threads=1, may_switch=True
    ).facts

    assert facts.kernels == USUAL  # too little work to try anything out
    assert facts.training_bytes is None or 2**20 < facts.training_bytes < 2**31
    assert (facts.device_bytes is None) == (not torch.cuda.is_available())
    assert facts_in(asdict(facts)) == facts


def test_kernels_come_back_from_the_store_as_they_went(zoo: Zoo) -> None:
    facts = replace(zoo.facts(Candidate(id="net", source="embedded:test_vit")), kernels=HALF)

    kept = asdict(facts)
    assert facts_in(kept).kernels == HALF
    del kept["kernels"]
    assert facts_in(kept).kernels == USUAL


def test_a_gpu_needs_more_work_to_earn_back_the_kernels_it_builds_for_a_rehearsal() -> None:
    mobile_net, res_net_50 = 150_000_000, 4_100_000_000

    assert is_worth_rehearsing(mobile_net, samples=2000, device="cpu")
    assert not is_worth_rehearsing(mobile_net, samples=2000, device="cuda")
    assert is_worth_rehearsing(res_net_50, samples=10_000, device="cuda")
    assert not is_worth_rehearsing(res_net_50, samples=100, device="cpu")


def test_enough_work_is_tried_out(zoo: Zoo, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "WORTH_MULTIPLY_ADDS", 1)
    monkeypatch.setattr(scoring, "WORTH_SAMPLES", 1)
    candidate = Candidate(id="net", source="embedded:test_vit")

    facts = score(
        Score(candidate=candidate, manifest=str(manifest)), zoo=zoo, threads=1, may_switch=True
    ).facts

    assert facts.kernels in (USUAL, HALF)  # whichever pays on this machine


@pytest.mark.parametrize("depth", [0, 2])
def test_a_trial_in_bfloat16_says_so_resumes_to_the_bit_and_keeps_float32(
    run: Run, work: Build, tmp_path: Path, depth: int
) -> None:
    usual = {"freeze_depth": depth, "cycles": (9,), "learning_rate": 1e-5, "head_learning_rate": 1e-5}
    asked = {**usual, "kernels": HALF}
    whole = run(work("test_vit", until_epoch=3, into=str(tmp_path / "whole"), **asked))
    first = run(work("test_vit", until_epoch=1, into=str(tmp_path / "first"), **asked))
    plain = run(work("test_vit", until_epoch=1, into=str(tmp_path / "plain"), **usual))

    resumed = run(
        work("test_vit", until_epoch=3, checkpoint=first.checkpoint, into=str(tmp_path / "next"), **asked)
    )

    found = checkpoint.load(Path(resumed.checkpoint)).network
    assert all(r.notes.endswith("bfloat16, channels-last") for r in (whole, first, resumed))
    assert (resumed.value, resumed.loss) == (whole.value, whole.loss)
    assert {tensor.dtype for tensor in found.values() if tensor.is_floating_point()} == {torch.float32}
    assert first.loss == pytest.approx(plain.loss, abs=0.05) and first.loss != plain.loss


def test_the_layout_changes_nothing_but_the_order_of_sums(run: Run, work: Build, tmp_path: Path) -> None:
    usual = run(work(freeze_depth=1, into=str(tmp_path / "usual")))

    other = run(work(freeze_depth=1, kernels=Kernels(layout=Layout.CONTIGUOUS), into=str(tmp_path / "other")))

    assert other.notes.endswith("float32, contiguous")
    assert other.loss == pytest.approx(usual.loss, rel=1e-4)


def test_a_linear_probe_has_no_use_for_kernels(run: Run, work: Build) -> None:
    assert "bfloat16" not in run(work(freeze_depth=4, kernels=HALF)).notes
