"""Batch norms that keep their statistics are multiplied into the convolutions before them; both still train.

With fixed statistics ``norm(conv(x))`` is one convolution of ``w' = w γ/√(σ² + ε)`` and
``b' = β + (b - μ) γ/√(σ² + ε)`` (Jacob et al. 2018, equation 14). Made anew at each call, it has the same
outputs and gradients, and spares a pass over the activations each way, and their copy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from automl_tl.training.freezing import Stages, belongs
from automl_tl.training.hooks import hooked

_BATCH = 16  # samples of the smallest training step
_NORM = "folded_norm"  # where a convolution knows its norm
_TOLERANCE = 1e-4  # of the largest feature


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    convolution: nn.Conv2d
    norm: nn.BatchNorm2d
    places: int  # of one sample's output


def fold_norms(module: nn.Module, *, stages: Stages, examples: Tensor) -> int:
    """Fold the batch norms of a backbone, which is in eval mode, that follow a convolution; how many were.

    All tensors keep their names, values and gradients; a norm in train mode, whose statistics move, works as
    before. ``examples`` [B, ...] show what follows what; where the folded backbone does not answer them as
    before, nothing stays folded. Pairs across two stages are left, since one may freeze without the other; so
    are those whose weights are more than a batch's outputs, which would cost more than they spare.
    """
    if not any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
        return 0
    stage_of = _stage_of(module, stages)
    with torch.no_grad():
        with _followers(module) as found:
            before = module(examples)
        pairs = [p for p in found if _pays(p) and stage_of[id(p.convolution)] == stage_of[id(p.norm)]]
        for pair in pairs:
            _fold(pair)
        is_same = is_alike(module(examples), before)
    if not is_same:
        for pair in pairs:
            _unfold(pair)
    return len(pairs) if is_same else 0


def is_alike(features: Tensor, before: Tensor) -> bool:
    """Whether features are what they were, but for the order of sums."""
    return bool((features - before).abs().max() <= _TOLERANCE * before.abs().max())


@contextmanager
def _followers(module: nn.Module) -> Iterator[list[_Pair]]:
    """Each batch norm that is called on just what a convolution gave."""
    given: dict[int, tuple[nn.Conv2d, Tensor]] = {}  # the tensors too: an address is not given away again
    pairs: list[_Pair] = []

    def after(part: nn.Module, _: Any, output: Tensor) -> None:
        assert isinstance(part, nn.Conv2d)
        given[id(output)] = (part, output)

    def ahead(part: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        assert isinstance(part, nn.BatchNorm2d)
        convolution, output = given.get(id(arguments[0]), (None, arguments[0]))
        if convolution is not None and _NORM not in convolution.__dict__ and _is_known(part):
            pairs.append(_Pair(convolution=convolution, norm=part, places=output[0, 0].numel()))

    convolutions = [part for part in module.modules() if isinstance(part, nn.Conv2d)]
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    with hooked(convolutions, after=after), hooked(norms, ahead=ahead):
        yield pairs
    given.clear()


def _is_known(norm: nn.BatchNorm2d) -> bool:
    """Whether what the norm does beside its own formula is known: nothing, or timm's activation."""
    has_formula = norm.affine and norm.track_running_stats
    return has_formula and (type(norm) is nn.BatchNorm2d or (hasattr(norm, "act") and hasattr(norm, "drop")))


def _pays(pair: _Pair) -> bool:
    return _BATCH * pair.places >= pair.convolution.weight[0].numel()


def _stage_of(module: nn.Module, stages: Stages) -> dict[int, int]:
    """By a module's identity: the stage that its name lies in; what lies in none is the head's."""
    return {
        id(part): next((s for s, prefixes in enumerate(stages) if belongs(name, prefixes)), len(stages))
        for name, part in module.named_modules()
    }


def _fold(pair: _Pair) -> None:
    # Another class, and no other attribute: so copies, splits and saved names are what they were.
    pair.convolution.__dict__[_NORM] = (pair.norm,)  # a tuple hides a module from its parent
    pair.convolution.__class__ = _folding(type(pair.convolution))  # type: ignore[arg-type]
    pair.norm.__class__ = _folded(type(pair.norm))  # type: ignore[arg-type]


def _unfold(pair: _Pair) -> None:
    pair.convolution.__class__ = type(pair.convolution).__base__  # type: ignore[assignment]
    pair.norm.__class__ = type(pair.norm).__base__  # type: ignore[assignment]
    del pair.convolution.__dict__[_NORM]


@cache
def _folding(kind: type[nn.Conv2d]) -> type[nn.Conv2d]:
    """A convolution that multiplies its norm into what it computes with."""
    return type(kind.__name__, (kind,), {"weight": property(_weight), "bias": property(_bias)})


@cache
def _folded(kind: type[nn.BatchNorm2d]) -> type[nn.BatchNorm2d]:
    """A batch norm of which only what comes after the formula is left."""

    def forward(self: Any, batch: Tensor) -> Tensor:
        if self.training:
            return kind.forward(self, batch)
        return self.act(self.drop(batch)) if hasattr(self, "act") else batch

    return type(kind.__name__, (kind,), {"forward": forward})


def _weight(convolution: Any) -> Tensor:
    weight: Tensor = convolution._parameters["weight"]
    (norm,) = convolution.__dict__[_NORM]
    return weight if norm.training else weight * _scale(norm)[:, None, None, None]


def _bias(convolution: Any) -> Tensor | None:
    bias: Tensor | None = convolution._parameters["bias"]
    (norm,) = convolution.__dict__[_NORM]
    if norm.training:
        return bias
    shift = -norm.running_mean if bias is None else bias - norm.running_mean
    return norm.bias + shift * _scale(norm)  # type: ignore[no-any-return]


def _scale(norm: nn.BatchNorm2d) -> Tensor:
    assert norm.running_var is not None
    return norm.weight * torch.rsqrt(norm.running_var + norm.eps)
