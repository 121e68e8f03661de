"""A real worker tells the steps of what it reads, and ends at the next one where that is wished."""

from pathlib import Path

import pytest
from PIL import Image

from automl_tl.domain.dataset import DatasetSource
from automl_tl.domain.work import Describe
from automl_tl.errors import Stopped
from automl_tl.executors.progress import Progress
from automl_tl.settings import Settings
from automl_tl.steps import step
from automl_tl.wiring.told import told
from automl_tl.wiring.worker import TransferWorker


@pytest.fixture
def work(tmp_path: Path) -> Describe:
    for label, shade in (("dark", 10), ("light", 200)):
        folder = tmp_path / "pictures" / label
        folder.mkdir(parents=True)
        for number in range(20):
            Image.new("L", (8, 8), shade + number).save(folder / f"{number}.png")
    return Describe(
        source=DatasetSource(path=str(tmp_path / "pictures")),
        dataset_name="shades",
        into=str(tmp_path / "job"),
        seed=0,
        progress=str(tmp_path / "progress" / "describe"),
    )


def test_reading_tells_steps_until_it_is_asked_to_stop(work: Describe, tmp_path: Path) -> None:
    worker = TransferWorker(Settings(home=tmp_path / "home"))
    assert work.progress is not None
    progress = Progress(Path(work.progress))

    worker.perform(work)
    done = progress.steps().done
    progress.stop()

    assert done >= 1
    with pytest.raises(Stopped, match="stopped on request"):
        worker.perform(work)


def test_steps_of_others_are_nobodys(tmp_path: Path) -> None:
    step()
    with told(None):
        step()
    with told(str(tmp_path / "mine")):
        step()
    step()

    told_last = Progress(tmp_path / "mine").steps()
    assert told_last.done >= 1
