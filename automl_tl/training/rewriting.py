"""A backbone computes the same in less time: by other classes of the same modules, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from automl_tl.training.folding import fold_norms, is_alike
from automl_tl.training.freezing import Stages
from automl_tl.training.in_place import spare_copies
from automl_tl.training.products import use_products


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """How many convolutions became products, norms were folded, activations spare a copy."""

    products: int
    folded_norms: int
    activations: int


def rewrite(module: nn.Module, *, stages: Stages, examples: Tensor) -> Rewritten:
    """Rewrite a backbone in eval mode; ``examples`` [B, ...] show its sizes, and what follows what.

    Sizes alone decide, so that a trial is the same on every CPU. All tensors keep their names and values.
    Where the rewritten backbone does not answer the examples as before, only norms are folded.
    """
    if not any(_may_change(part) for part in module.modules()):
        return Rewritten(products=0, folded_norms=0, activations=0)
    with torch.no_grad():
        before = module(examples)
    undo = _undoing(module)
    products = use_products(module, examples=examples)
    folded_norms = fold_norms(module, stages=stages, examples=examples)
    activations = spare_copies(module, examples=examples)
    with torch.no_grad():
        is_same = is_alike(module(examples), before)
    if is_same:
        return Rewritten(products=products, folded_norms=folded_norms, activations=activations)
    undo()
    folded_norms = fold_norms(module, stages=stages, examples=examples)
    return Rewritten(products=0, folded_norms=folded_norms, activations=0)


def _may_change(part: nn.Module) -> bool:
    return isinstance(part, nn.Conv2d) or getattr(part, "inplace", False) is True


def _undoing(module: nn.Module) -> Callable[[], None]:
    kept = [(part, type(part), dict(part.__dict__)) for part in module.modules()]

    def undo() -> None:
        for part, kind, attributes in kept:
            part.__class__ = kind
            part.__dict__.clear()
            part.__dict__.update(attributes)

    return undo
