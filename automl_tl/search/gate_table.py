"""The [gate] table of a search-space file: what the gate asks for."""

from collections.abc import Collection, Mapping

from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.floors import Bounds, Floors
from automl_tl.domain.gate import GatePolicy, MustBeat, Policy
from automl_tl.errors import SpaceInvalid
from automl_tl.search.table import Table, suggestion

_OTHERS = "*"
_RULE = ("policy", "min_gain", "margin", "must_beat", "alpha")
_BY_CLASS = ("min_recall", "max_class_loss")
_BY_SLICE = ("min_slice_value", "max_slice_loss")
_AMOUNTS = ("max_latency_ms", "max_size_mb", "max_calibration_error", "max_train_gap", "max_test_gap")


def read_gate(gate: Table) -> GatePolicy:
    """The policy that the table asks for; raises SpaceInvalid."""
    gate.expect((*_RULE, *_BY_CLASS, *_BY_SLICE, *_AMOUNTS))
    margin = gate.number("margin", low=0.0)
    alpha = gate.number("alpha", high=0.5)
    if alpha is not None and alpha <= 0:
        raise gate.wrong("alpha", "a probability above 0 and up to 0.5")
    return GatePolicy(
        policy=Policy(gate.choice("policy", among=Policy, otherwise=Policy.BETTER)),
        min_gain=gate.number("min_gain", low=0.0) or 0.0,
        margin=GatePolicy().margin if margin is None else margin,
        must_beat=MustBeat(gate.choice("must_beat", among=MustBeat, otherwise=MustBeat.MAJORITY)),
        alpha=GatePolicy().alpha if alpha is None else alpha,
        floors=_floors(gate),
    )


def check_names(floors: Floors, manifest: Manifest) -> None:
    """See that every class and slice with a bound of its own is in the sealed test; raises SpaceInvalid."""
    sealed = [manifest.samples[i] for i in manifest.indices(Split.TEST)]
    classes = {sample.label for sample in sealed}
    slices = {sample.slice for sample in sealed if sample.slice is not None}
    for keys, known, what in ((_BY_CLASS, classes, "class"), (_BY_SLICE, slices, "slice")):
        for key in keys:
            _check(key, getattr(floors, key), known=known, what=what)


def _check(key: str, bounds: Bounds, *, known: Collection[str], what: str) -> None:
    if bounds.every is not None and not known:
        raise SpaceInvalid(f"{key} in [gate] asks for each {what}, but no sealed sample is of any {what}")
    for name in bounds.named:
        if name not in known:
            hint = suggestion(name, sorted(known)) if known else f"no sample is of any {what}"
            raise SpaceInvalid(f'{key} in [gate] names {what} "{name}", of which no sealed sample is; {hint}')


def _floors(gate: Table) -> Floors:
    return Floors(
        min_recall=_bounds(gate, "min_recall", low=0.0, high=1.0),
        min_slice_value=_bounds(gate, "min_slice_value", low=float("-inf"), high=1.0),
        max_class_loss=_bounds(gate, "max_class_loss", low=0.0, high=1.0),
        max_slice_loss=_bounds(gate, "max_slice_loss", low=0.0, high=float("inf")),
        max_latency_ms=gate.positive("max_latency_ms"),
        max_size_mb=gate.positive("max_size_mb"),
        max_calibration_error=gate.number("max_calibration_error", low=0.0, high=1.0),
        max_train_gap=gate.number("max_train_gap", low=0.0),
        max_test_gap=gate.number("max_test_gap", low=0.0),
    )


def _bounds(gate: Table, key: str, *, low: float, high: float) -> Bounds:
    if not isinstance(gate.values.get(key), Mapping):
        return Bounds(every=gate.number(key, low=low, high=high))
    table = gate.table(key)
    named = {name: table.number(name, low=low, high=high) for name in table.values}
    bounds = {name: bound for name, bound in named.items() if bound is not None}
    return Bounds(every=bounds.pop(_OTHERS, None), named=bounds)
