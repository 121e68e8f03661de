"""What only a GPU can show: its allocator, its peaks, its kernels."""

from collections.abc import Iterator

import pytest
import torch

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.kernels import Kernels, Layout, Precision
from automl_tl.training import footprint
from automl_tl.training.arithmetic import settle
from automl_tl.training.micro_batch import MicroBatch
from automl_tl.training.rehearsal import rehearse
from automl_tl.training.scoring import device_bytes
from automl_tl.training.warming import warm_up
from automl_tl.zoo.any import AnyZoo

pytestmark = pytest.mark.gpu

GIGABYTE = 2**30


@pytest.fixture
def one_gigabyte() -> Iterator[None]:
    """Torch may take no more than that of the card."""
    total = device_bytes()
    assert total is not None
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(GIGABYTE / total)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.usefixtures("one_gigabyte")
def test_a_batch_that_the_card_cannot_hold_goes_on_in_halves() -> None:
    micro_batch = MicroBatch()

    def act(part: slice) -> float:
        return float(torch.ones(part.stop - part.start, 2**23, device="cuda")[:, 0].sum())

    assert sum(micro_batch.each(64, act)) == 64.0  # 32 MiB each, so 2 GiB in all
    assert micro_batch.size in (8, 16)


def test_memory_at_its_highest_is_seen() -> None:
    risen = footprint.rise(lambda: torch.ones(2**24, device="cuda").sum(), device=torch.device("cuda"))

    assert risen is not None and 2**26 <= risen < 2**26 + 2**22


@pytest.mark.parametrize("name", ["tiny_resnet", "tiny_vit"])
def test_a_candidate_is_rehearsed(name: str) -> None:
    backbone = AnyZoo().load(Candidate(id=name, source=f"embedded:{name}"))

    found = rehearse(backbone, device=torch.device("cuda"), may_switch=True)

    every = [Kernels(precision=p, layout=layout) for p in Precision for layout in Layout]
    wanted = found.training_bytes(16)
    assert found.kernels in every
    assert wanted is not None and 2**20 < wanted < GIGABYTE


def test_a_sample_gives_the_same_features_in_a_batch_of_any_size_and_on_the_cpu() -> None:
    settle(threads=2)
    loaded = AnyZoo().load(Candidate(id="tiny_resnet", source="embedded:tiny_resnet"))
    backbone, look = loaded.module.eval(), loaded.preprocessing
    pictures = torch.randn(64, look.channels, look.size, look.size, generator=torch.manual_seed(0))

    with torch.inference_mode():
        expected = backbone(pictures)
        backbone = backbone.to("cuda")
        whole = backbone(pictures.to("cuda")).cpu()
        few = backbone(pictures[:3].to("cuda")).cpu()

    torch.testing.assert_close(whole, expected, rtol=1e-4, atol=1e-5)  # TF32 is a hundred times as far off
    torch.testing.assert_close(few, whole[:3], rtol=1e-4, atol=1e-5)


def test_a_worker_that_waits_loads_what_training_needs() -> None:
    thread = warm_up()

    assert thread is not None
    thread.join()
    assert torch.cuda.memory_reserved() > 0
