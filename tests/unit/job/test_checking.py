from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from numbers_desk import NumbersDesk

from automl_tl.domain.dataset import DatasetSource
from automl_tl.errors import DatasetRefused
from automl_tl.job.checking import check
from automl_tl.settings import Settings


def test_dataset_whose_place_a_link_has_taken_since_is_refused(
    store: Any, settings: Settings, tmp_path: Path
) -> None:
    desk = NumbersDesk(store=store, settings=settings).desk
    (tmp_path / "secret").mkdir()
    (tmp_path / "given").symlink_to(tmp_path / "secret")
    source = DatasetSource(path=str(tmp_path / "given"))
    moved = replace(desk, job=replace(desk.job, request=replace(desk.job.request, dataset=source)))

    with pytest.raises(DatasetRefused, match="it was no link when the job was submitted"):
        check(moved)
