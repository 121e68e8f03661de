"""The exact split of a backbone into a frozen prefix and a trained suffix, by tracing it, or by layer."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from automl_tl.training.boundary import Slot, SlotKind, slots_of
from automl_tl.training.freezing import Stages, belongs, freeze, frozen_prefixes, stand_still
from automl_tl.training.layer_split import Outlined, layer_halves
from automl_tl.training.tracing import EXAMPLE_SIZES, tensor_names, trace

_log = logging.getLogger(__name__)
Prefix = Callable[[Tensor], tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """``suffix(*prefix(x))`` is the backbone of ``x`` [B, ...], to the last bit in eval mode.

    ``prefix`` stands still for good and gives one value a slot; ``suffix`` shares the backbone's modules.
    ``has_outline``: every row [L, ...] is 0 behind the end of its sample.
    """

    prefix: Prefix
    suffix: nn.Module
    slots: tuple[Slot, ...]
    has_outline: bool = False

    @property
    def bytes_per_sample(self) -> int:
        """What one sample's boundary takes in float32."""
        return sum(slot.bytes_per_sample for slot in self.slots)


def whole(module: nn.Module, *, features: int) -> Halves:
    """All of a backbone, which is in eval mode and stays as it is, as the prefix: a linear probe's split."""
    slot = Slot(kind=SlotKind.ROWS, shape=(features,))
    return Halves(prefix=_Whole(module), suffix=nn.Identity(), slots=(slot,))


def split(module: nn.Module, *, stages: Stages, depth: int, examples: Tensor) -> Halves | None:
    """Split a backbone behind its frozen stages, which it freezes on the way.

    ``examples`` [B, ...] are at least as many as ``EXAMPLE_SIZES`` asks for, and in the backbone's type. None
    where nothing is frozen, where tracing fails, or where the halves joined are not the whole: then the
    backbone can only run as one.
    """
    freeze(module, stages=stages, depth=depth)
    if depth == 0:
        return None
    try:
        with torch.random.fork_rng(devices=[]):
            return _checked(module, prefixes=frozen_prefixes(stages, depth=depth), batch=examples)
    except Exception as error:  # noqa: BLE001 - tracing runs foreign code, which may raise anything
        _log.info("backbone could not be split, so it runs as one: depth=%d reason=%r", depth, str(error))
        return None


def _checked(module: nn.Module, *, prefixes: Sequence[str], batch: Tensor) -> Halves:
    examples = [batch[:size] for size in EXAMPLE_SIZES]
    was_training = module.training
    prefix: Prefix
    if isinstance(module, Outlined):
        prefix, suffix = layer_halves(module.eval(), prefixes=prefixes, example=examples[-1])
    else:
        prefix, suffix = _halves(module, prefixes, examples)
    module.eval()
    suffix.eval()
    with torch.no_grad():
        boundaries = [prefix(example) for example in examples]
        joined, whole = suffix(*boundaries[-1]), module(examples[-1])
    module.train(was_training)
    if not torch.equal(joined, whole):
        raise ValueError("the halves joined are not the whole")
    slots = slots_of(boundaries, sizes=EXAMPLE_SIZES)
    return Halves(prefix=prefix, suffix=suffix, slots=slots, has_outline=isinstance(module, Outlined))


def _halves(
    module: nn.Module, prefixes: Sequence[str], examples: Sequence[Tensor]
) -> tuple[Prefix, nn.Module]:
    graph = trace(module, prefixes=prefixes, examples=examples)
    moving = _moving(graph, module, prefixes)
    boundary = _boundary(graph, moving)
    if not boundary:
        raise ValueError("nothing stands still before the first trained part")
    prefix = fx.GraphModule(module, _prefix_graph(graph, moving, boundary))
    prefix.graph.eliminate_dead_code()
    prefix.recompile()
    stand_still(prefix)
    return prefix, fx.GraphModule(module, _suffix_graph(graph, moving, boundary))


class _Whole:
    """A backbone that is frozen altogether, called and never changed; its boundary is its features."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def __call__(self, batch: Tensor) -> tuple[Tensor]:
        """Features [B, F], alone in their tuple."""
        return (self._module(batch),)


def _moving(graph: fx.Graph, module: nn.Module, prefixes: Sequence[str]) -> set[fx.Node]:
    """Nodes that use a trained tensor, or depend on a node that does."""
    moving: set[fx.Node] = set()
    for node in graph.nodes:
        if (
            node.op == "output"
            or not moving.isdisjoint(node.all_input_nodes)
            or _moves(node, module, prefixes)
        ):
            moving.add(node)
    return moving


def _moves(node: fx.Node, module: nn.Module, prefixes: Sequence[str]) -> bool:
    target = str(node.target)
    if node.op == "get_attr":
        return not belongs(target, prefixes) and _requires_grad(module, target)
    if node.op == "call_module":
        names = tensor_names(module.get_submodule(target), target)
        return any(not belongs(name, prefixes) for name in names)
    return False


def _requires_grad(module: nn.Module, target: str) -> bool:
    owner, _, name = target.rpartition(".")
    return bool(getattr(getattr(module.get_submodule(owner), name), "requires_grad", False))


def _boundary(graph: fx.Graph, moving: set[fx.Node]) -> list[fx.Node]:
    """Still nodes that a moving one reads, in the graph's order; constants are copied instead."""
    read = {source for node in moving for source in node.all_input_nodes} - moving
    return [node for node in graph.nodes if node in read and node.op != "get_attr"]


def _prefix_graph(graph: fx.Graph, moving: set[fx.Node], boundary: list[fx.Node]) -> fx.Graph:
    copy, copies = fx.Graph(), dict[fx.Node, fx.Node]()
    for node in graph.nodes:
        if node not in moving:
            copies[node] = copy.node_copy(node, lambda source: copies[source])
    copy.output(tuple(copies[node] for node in boundary))
    copy.lint()
    return copy


def _suffix_graph(graph: fx.Graph, moving: set[fx.Node], boundary: list[fx.Node]) -> fx.Graph:
    copy, copies = fx.Graph(), dict[fx.Node, fx.Node]()
    for index, node in enumerate(boundary):
        copies[node] = copy.placeholder(f"boundary_{index}")

    def source_of(source: fx.Node) -> fx.Node:
        if source not in copies:  # a constant of the still half
            copies[source] = copy.node_copy(source)
        return copies[source]

    for node in graph.nodes:
        if node in moving:
            _copy_arguments_first(node, source_of)
            copies[node] = copy.node_copy(node, source_of)
    copy.lint()
    return copy


def _copy_arguments_first(node: fx.Node, source_of: Any) -> None:
    for source in node.all_input_nodes:
        source_of(source)
