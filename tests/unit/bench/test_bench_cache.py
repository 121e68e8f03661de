from pathlib import Path

import pytest
import torch

from automl_tl.bench.cache import Nets, run
from automl_tl.bench.cache_contender import Load
from automl_tl.bench.drawn_nets import drawn_net
from automl_tl.search.space_file import find_space, read_space
from automl_tl.zoo.local_dir import LocalDirZoo


def test_kept_activations_save_forward_passes_and_change_no_loss() -> None:
    text, root = find_space("embedded")
    space = read_space(text, root=Path(root))
    nets = Nets(
        candidates=tuple(c for c in space.candidates if c.id == "tiny_resnet"), drawn=(), image_size=None
    )

    found = run(nets, Load(epochs=2, trials=2, measured=1, threads=1), pictures=30)

    rows = found["boundaries"]
    assert rows[-1]["frozen_share"] == 1
    for row in rows:
        # Kept: each boundary once. Anew: two trials of two epochs over 24 pictures, and two readings of 6.
        assert row["forwards"]["anew"] >= 2 * (2 * 24 + 6)
        assert row["forwards"]["kept"] <= 30 + 24 + 16  # for the boundary, the head, and the split's check
        assert row["largest_difference_of_losses"] < 1e-5
        assert row["freeze_depth"] and str(row["freeze_depth"]) in found["table"]


@pytest.mark.parametrize("architecture", ["test_resnet", "test_vit"])
def test_an_architecture_alone_is_raced_with_drawn_weights(architecture: str, tmp_path: Path) -> None:
    candidate = drawn_net(architecture, image_size=48, into=tmp_path)

    first, again = (LocalDirZoo().load(candidate).module.state_dict() for _ in range(2))

    assert LocalDirZoo().facts(candidate).image_size == 48
    assert all(torch.equal(first[name], again[name]) for name in first)
