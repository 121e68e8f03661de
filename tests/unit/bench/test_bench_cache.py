from dataclasses import replace
from pathlib import Path

from automl_tl.bench.cache import Load, run
from automl_tl.search.space_file import find_space, read_space


def test_kept_activations_save_forward_passes_and_change_no_loss() -> None:
    text, root = find_space("embedded")
    space = read_space(text, root=Path(root))
    one = replace(space, candidates=tuple(c for c in space.candidates if c.id == "tiny_resnet"))

    found = run(one, Load(epochs=2, trials=2, measured=1, threads=1), pictures=30, image_size=None)

    rows = found["boundaries"]
    assert rows[-1]["frozen_share"] == 1
    for row in rows:
        # Kept: each boundary once. Anew: two trials of two epochs over 24 pictures, and two readings of 6.
        assert row["forwards"]["anew"] >= 2 * (2 * 24 + 6)
        assert row["forwards"]["kept"] <= 30 + 24 + 16  # for the boundary, the head, and the split's check
        assert row["largest_difference_of_losses"] < 1e-5
        assert row["freeze_depth"] and str(row["freeze_depth"]) in found["table"]
