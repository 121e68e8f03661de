"""GPUs that workers share: which part of one each reserves, or which one it keeps to."""

import os
from types import ModuleType

VISIBLE = "CUDA_VISIBLE_DEVICES"


def cards_of(ray: ModuleType) -> int:
    """How many GPUs Ray knows of."""
    return int(ray.cluster_resources().get("GPU", 0))


def share(*, slots: int, cards: int) -> float:
    """The part of a GPU that each of ``slots`` workers reserves: 1/k where k of them share one; 0: no GPU.

    Ray fills one GPU after the other, so this part spreads them evenly; how many train on one at a time
    is a matter of memory, and decided by who submits.
    """
    if cards == 0:
        return 0.0
    return int(10_000 / -(-slots // cards)) / 10_000  # the finest part that Ray counts


def keep_to(card: int | None) -> None:
    """Let this process see one GPU only; None: what Ray lets it see. Before torch is imported."""
    if card is not None:
        os.environ[VISIBLE] = str(card)
