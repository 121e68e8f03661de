"""Traces a backbone's glue code once, with samples of one shape at hand to decide its branches."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, fx, nn

from automl_tl.training.freezing import belongs

EXAMPLE_SIZES = (2, 3)  # two batch sizes tell what follows the batch and what is constant
_MOST_QUESTIONS = 500


def trace(module: nn.Module, *, prefixes: Sequence[str], examples: Sequence[Tensor]) -> fx.Graph:
    """The graph of a backbone in which every module that is wholly frozen, or wholly trained, is one node.

    ``examples`` are batches [B, ...] of different sizes. Branches and sizes of the glue code are decided
    as they are for the examples; ValueError where the examples disagree, or where train mode takes
    another way than eval mode (both modes will run the one graph). Other errors are the foreign code's.
    """
    was_training = module.training
    graphs = []
    try:
        for training in (True, False):
            module.train(training)
            graphs.append(_traced(module, prefixes=prefixes, examples=examples))
    finally:
        module.train(was_training)
    if str(graphs[0]) != str(graphs[1]):
        raise ValueError("the backbone takes another way in train mode")
    return graphs[0]


def tensor_names(module: nn.Module, path: str) -> list[str]:
    """Full names of the parameters and buffers of the module at ``path``."""
    named = [name for name, _ in module.named_parameters()] + [name for name, _ in module.named_buffers()]
    return [f"{path}.{name}" for name in named]


def _traced(module: nn.Module, *, prefixes: Sequence[str], examples: Sequence[Tensor]) -> fx.Graph:
    # Nothing can be computed while fx traces (it patches every module's call), so a question ends the trace;
    # it is answered outside, and the next trace runs on until the next question.
    answers: list[Any] = []
    known: list[dict[str, Any]] = [{} for _ in examples]
    for _ in range(_MOST_QUESTIONS):
        try:
            return _Tracer(prefixes=prefixes, answers=answers).trace(module)
        except _Question as question:
            pairs = zip(examples, known, strict=True)
            values = [_value(module, question.node, example, seen) for example, seen in pairs]
            if any(isinstance(value, Tensor) for value in values) or len(set(values)) != 1:
                raise ValueError(f"the backbone's way depends on its input at {question.node}") from None
            answers.append(values[0])
    raise ValueError(f"the backbone asks more than {_MOST_QUESTIONS} questions about its input")


class _Question(Exception):
    def __init__(self, node: fx.Node) -> None:
        super().__init__(f"what is {node}?")
        self.node = node


class _Proxy(fx.Proxy):
    """A stand-in that asks where Python insists on a number."""

    def __index__(self) -> int:
        return int(cast(_Tracer, self.tracer).answer(self.node))

    def __int__(self) -> int:
        return int(cast(_Tracer, self.tracer).answer(self.node))

    def __float__(self) -> float:
        return float(cast(_Tracer, self.tracer).answer(self.node))


class _Tracer(fx.Tracer):
    def __init__(self, *, prefixes: Sequence[str], answers: Sequence[Any]) -> None:
        super().__init__()
        self._prefixes = prefixes
        self._answers = iter(answers)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a module is one node of the graph."""
        names = tensor_names(m, module_qualified_name)
        return len({belongs(name, self._prefixes) for name in names}) < 2

    def proxy(self, node: fx.Node) -> fx.Proxy:
        """A stand-in for a value."""
        return _Proxy(node, self)

    def to_bool(self, obj: fx.Proxy) -> bool:
        """Which way a branch goes."""
        return bool(self.answer(obj.node))

    def answer(self, node: fx.Node) -> Any:
        """The answer to the next question; raises _Question when it has not been given yet."""
        for value in self._answers:
            return value
        raise _Question(node)


def _value(module: nn.Module, node: fx.Node, example: Tensor, known: dict[str, Any]) -> Any:
    """A node's value for one example; ``known`` keeps values by name, which is the same in every trace."""
    if node.name not in known:
        for source in node.all_input_nodes:
            _value(module, source, example, known)
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda source: known[source.name])
        runner = fx.Interpreter(module, graph=node.graph)
        runner.args_iter = iter((example,))
        with torch.no_grad():
            known[node.name] = getattr(runner, node.op)(node.target, args, kwargs)
    return known[node.name]
