import gc
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate

MEGABYTE = 2**20


def resident() -> float:
    gc.collect()  # traced graphs refer to themselves, and Python sees to those now and then
    return psutil.Process().memory_info().rss / MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="glibc gives memory back when it is told to")
def test_memory_of_a_warm_worker_does_not_grow_with_its_trials(
    run: Callable[..., Report], work: Callable[..., Evaluate], tmp_path: Path
) -> None:
    def trials(first: int, last: int) -> None:
        for number in range(first, last):
            net = ("test_resnet", "test_efficientnet", "test_vit")[number % 3]
            run(work(net, seed=number, freeze_depth=number % 2, into=str(tmp_path / str(number))))

    trials(0, 6)  # every net at every depth: what stays open is open
    before = resident()
    trials(6, 15)

    assert resident() - before < 12  # a trial's own tensors take 5 and more
