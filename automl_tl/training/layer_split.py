"""The split of a backbone between two of its layers, where its glue code is not to be traced.

The foreign code runs as it is, in both halves. In the first it is stopped where it calls the first trained
layer; in the second all that stands still before that layer answers with the hidden states that were kept.
"""

import copy
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from automl_tl.training.freezing import belongs
from automl_tl.training.hooks import hooked
from automl_tl.zoo.stages import longest_list


@runtime_checkable
class Outlined(Protocol):
    """A backbone whose layers pass hidden states [B, L, ...] on, and know of its input an outline alone."""

    def outline(self, x: Tensor) -> Tensor:
        """Float32 [B, L]: 1 where there is something, 0 behind it, where hidden states change nothing."""

    def outlined(self, outline: Tensor) -> Tensor:
        """An input of that outline."""


def layer_halves(
    module: nn.Module, *, prefixes: Sequence[str], example: Tensor
) -> tuple["LayerPrefix", nn.Module]:
    """Prefix and suffix at the first layer that moves; ValueError where there is no such place.

    ``prefixes`` are what stands still. The suffix shares the module's parts, under their names. Whether the
    halves are the whole is for the caller to see.
    """
    assert isinstance(module, Outlined)
    path = longest_list(module)
    layers = list(module.get_submodule(path).children())
    still = [belongs(f"{path}.{index}", prefixes) for index in range(len(layers))]
    depth = sum(still)
    if not 0 < depth < len(layers) or not all(still[:depth]):
        raise ValueError(f"of the layers {path} none stands still, or not the first ones")
    stop = {f"{path}.{depth}": _Stop(layers[depth])}
    prefix = LayerPrefix(with_parts(module, stop))
    with torch.enable_grad():
        passed = prefix(example)
    if any(value.requires_grad for value in passed):
        raise ValueError("what passes the boundary depends on parts that move")
    entrance = _Entrance()
    answers = _answers(module, example, parts=_replaceable(module, path, depth, prefixes), entrance=entrance)
    suffix = with_parts(module, answers)
    suffix.register_forward_pre_hook(_Resume(module, entrance))
    return prefix, suffix


def with_parts(module: nn.Module, parts: Mapping[str, nn.Module]) -> nn.Module:
    """A copy of a module that shares all its parts but those at these paths, which are put in their place."""
    found = copy.copy(module)
    found._modules = dict(module._modules)
    found._forward_pre_hooks = OrderedDict(module._forward_pre_hooks)
    for name, child in module._modules.items():
        below = {path.partition(".")[2]: part for path, part in parts.items() if path.split(".")[0] == name}
        if "" in below:
            found._modules[name] = below[""]
        elif below and child is not None:
            found._modules[name] = with_parts(child, below)
    return found


class LayerPrefix:
    """Runs a backbone up to the layer that stops it; never changed, hidden from ``nn.Module``'s registers."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [B, L, ...] in front of the layer, 0 behind the end of ``x``; and its outline."""
        try:
            self._module(x)
        except _Reached as reached:
            outline = self._module.outline(x)
            return reached.hidden * outline.reshape(*outline.shape, *[1] * (reached.hidden.ndim - 2)), outline
        raise ValueError("the backbone never calls the layer that it should be split at")


class _Reached(Exception):
    def __init__(self, hidden: Tensor) -> None:
        super().__init__("the layer was reached")
        self.hidden = hidden


class _Entrance:
    """Where the hidden states of the batch that passes lie."""

    hidden: Tensor | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Entrance":
        """Another one, empty; of all parts of one suffix the same."""
        found: _Entrance = memo.setdefault(id(self), _Entrance())
        return found


class _Stop(nn.Module):
    """Stands in the place of a layer, and ends the pass with what it was given."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        _look_like(self, layer)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Raises what the prefix waits for."""
        raise _Reached(args[0] if args else kwargs["hidden_states"])


class _Answer(nn.Module):
    """Stands in the place of a part that stands still: whatever it is asked, it gives the hidden states.

    As the part does, in a tuple of ``width`` (None: by themselves).
    """

    def __init__(self, part: nn.Module, *, width: int | None, entrance: _Entrance) -> None:
        super().__init__()
        _look_like(self, part)
        self.width = width
        self.entrance = entrance

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The hidden states of the batch that passes."""
        hidden = self.entrance.hidden
        return hidden if self.width is None else (hidden, *[None] * (self.width - 1))


class _Resume:
    """Takes the boundary's values in place of a suffix's input; survives deepcopy with its suffix."""

    def __init__(self, module: Outlined, entrance: _Entrance) -> None:
        self._outlined = type(module).outlined
        self._entrance = entrance

    def __call__(self, suffix: Any, values: tuple[Any, ...]) -> tuple[Tensor]:
        """The input that the suffix's glue code is run on."""
        self._entrance.hidden, outline = values
        return (self._outlined(suffix, outline),)


def _look_like(stand_in: nn.Module, part: nn.Module) -> None:
    """Glue code asks layers what they are (``attention_type``)."""
    for name, value in vars(part).items():
        if name not in vars(stand_in) and isinstance(value, str | int | float | None):
            setattr(stand_in, name, value)


def _replaceable(module: nn.Module, path: str, depth: int, prefixes: Sequence[str]) -> dict[str, nn.Module]:
    """The outermost parts with weights that stand still before layer ``depth`` is called, by path.

    What is registered behind the layers (relative positions) is asked for by later layers too, and stays.
    """
    found: dict[str, nn.Module] = {}
    for name, part in module.named_modules():
        if name == path:
            break
        is_inside = any(name.startswith(f"{outer}.") for outer in found)
        if name and not is_inside and belongs(name, prefixes) and any(True for _ in part.parameters()):
            found[name] = part
    layers = list(module.get_submodule(path).children())
    return found | {f"{path}.{index}": layers[index] for index in range(depth)}


def _answers(
    module: nn.Module, example: Tensor, *, parts: Mapping[str, nn.Module], entrance: _Entrance
) -> dict[str, nn.Module]:
    """A stand-in for each part, which answers in the part's own form."""
    widths: dict[nn.Module, int | None] = {}

    def after(part: nn.Module, _: Any, answer: Any) -> None:
        widths[part] = len(answer) if isinstance(answer, tuple) else None

    with torch.no_grad(), hooked(parts.values(), after=after):
        module(example)
    return {name: _Answer(part, width=widths.get(part), entrance=entrance) for name, part in parts.items()}
