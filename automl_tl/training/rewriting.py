"""A backbone computes the same in less time: by other classes of the same modules, and nothing else."""

from dataclasses import dataclass

from torch import Tensor, nn

from automl_tl.training.folding import fold_norms
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
    """
    products = use_products(module, examples=examples)
    folded_norms = fold_norms(module, stages=stages, examples=examples)
    activations = spare_copies(module, examples=examples)
    return Rewritten(products=products, folded_norms=folded_norms, activations=activations)
