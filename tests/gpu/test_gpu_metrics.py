"""A machine's GPUs are told of in metrics, as torch knows them."""

import pytest
import torch

from automl_tl.metrics.gpus import Gpus

pytestmark = pytest.mark.gpu


def test_each_gpu_tells_its_memory_and_how_busy_it_is() -> None:
    held = torch.zeros(2**26, device="cuda")

    gpus = Gpus().look()

    assert len(gpus) >= torch.cuda.device_count()
    assert [gpu.index for gpu in gpus] == [str(number) for number in range(len(gpus))]
    assert all(0 < gpu.used_bytes < gpu.size_bytes and 0 <= gpu.busy <= 1 for gpu in gpus)
    assert sum(gpu.used_bytes for gpu in gpus) >= held.numel() * held.element_size()
