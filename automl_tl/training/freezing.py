"""Freeze depth: which stages of a backbone stand still, and how they are kept from moving."""

from collections.abc import Iterable, Sequence

from torch import nn

Stages = Sequence[Sequence[str]]


def freeze(module: nn.Module, *, stages: Stages, depth: int) -> None:
    """Let stages 1..``depth`` of a backbone stand still, for good; all of them: the whole backbone.

    Their parameters ask for no gradient, and their modules run in eval mode whatever ``train()`` says
    later: no batch-norm update, no dropout, no stochastic depth. ValueError: no such depth.
    """
    if not 0 <= depth <= len(stages):
        raise ValueError(f"freeze depth {depth}, but the backbone has {len(stages)} stages")
    stand_still(module, frozen_prefixes(stages, depth=depth))


def stand_still(module: nn.Module, prefixes: Sequence[str] = ("",)) -> None:
    """Freeze what lies under the prefixes, for good; the empty prefix is the whole module."""
    for name, parameter in module.named_parameters():
        if belongs(name, prefixes):
            parameter.requires_grad_(False)
    for name, part in module.named_modules():
        if belongs(name, prefixes):
            _stay_in_eval(part)


def keep_statistics(module: nn.Module) -> None:
    """Let every batch norm use the statistics it came with, for good; its scale and shift still train."""
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._NormBase):
            _stay_in_eval(part)


def frozen_prefixes(stages: Stages, *, depth: int) -> tuple[str, ...]:
    """The names of stages 1..``depth``; all of them: ``("",)``, which everything belongs to."""
    if depth == len(stages):
        return ("",)
    return tuple(prefix for stage in stages[:depth] for prefix in stage)


def belongs(name: str, prefixes: Iterable[str]) -> bool:
    """Whether a parameter, buffer or module name lies under one of the prefixes."""
    return any(not prefix or name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


class _Still:
    """Stands in for a module's ``train``; survives deepcopy, because it is looked up on its own module."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def __call__(self, mode: bool = True) -> nn.Module:
        return self._module


def _stay_in_eval(module: nn.Module) -> None:
    module.training = False
    object.__setattr__(module, "train", _Still(module))
