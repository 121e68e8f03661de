import shutil

import pytest

from automl_tl.metrics.gpus import Gpus


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this machine has NVIDIA's driver")
def test_machine_without_a_driver_has_no_gpus_however_often_it_is_asked() -> None:
    gpus = Gpus()

    assert gpus.look() == gpus.look() == ()
