"""What a challenger must not fall below, whatever its average, and the figures that this is judged by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_FEW = 5  # fewer than these, all against it, are still no proof at one in twenty: 0.5⁴ > 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A bound for each class or slice: its own where it is ``named``, else ``every`` one's, None: none."""

    every: float | None = None
    named: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str) -> float | None:
        """The bound of that class or slice."""
        return self.named.get(name, self.every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What is asked for beside the average; whatever is absent is not asked.

    ``min_recall`` (by class) is a share, ``min_slice_value`` and the gaps are in the metric's unit, as is
    ``max_slice_loss`` (what a slice may lose to the champion); ``max_class_loss`` is in recall.
    ``max_train_gap`` is what train may be above validation, ``max_test_gap`` validation above test.
    """

    min_recall: Bounds = Bounds()
    min_slice_value: Bounds = Bounds()
    max_class_loss: Bounds = Bounds()
    max_slice_loss: Bounds = Bounds()
    max_latency_ms: float | None = None
    max_size_mb: float | None = None
    max_calibration_error: float | None = None
    max_train_gap: float | None = None
    max_test_gap: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A class or a slice of the sealed test.

    ``value`` is the challenger's recall (of a class) or its metric (on a slice), ``units`` how many samples
    were compared, or groups where samples come in groups. ``loss`` is what the champion has more of on the
    samples whose labels both know, ``surely`` what it has more of at least, at the gate's level (one-sided);
    None where no champion was compared.
    """

    name: str
    samples: int
    units: int
    value: float
    loss: float | None = None
    surely: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a proof found beside values and gains; None: not measured.

    ``train`` and ``validation`` are the challenger's values there, ``latency_seconds`` its time for one.
    """

    classes: tuple[Part, ...] = ()
    slices: tuple[Part, ...] = ()
    latency_seconds: float | None = None
    size_bytes: int | None = None
    train: float | None = None
    validation: float | None = None


def broken(floors: Floors, figures: Figures, *, test: float, calibration: float | None) -> tuple[str, ...]:
    """One clause for each broken floor: what was found, and what was expected; the worst part of each first.

    ``test`` is the challenger's value, ``calibration`` its expected calibration error. A figure that is asked
    for and was not measured breaks its floor. A loss to the champion counts where more than the bound was
    lost *and* the paired test does not put the loss down to chance (one-sided, each class on its own, for to
    refuse is the safe side); a class or slice with fewer than five samples (or groups), where no test could
    tell, is judged by what was lost alone.
    """
    return (
        *_below(figures.classes, floors.min_recall, what="recall of class"),
        *_below(figures.slices, floors.min_slice_value, what="value on slice"),
        *_lost(figures.classes, floors.max_class_loss, what="recall of class"),
        *_lost(figures.slices, floors.max_slice_loss, what="value on slice"),
        *_over("it takes {} ms a sample", _times(figures.latency_seconds, 1e3), floors.max_latency_ms),
        *_over("it has {} MB", _times(figures.size_bytes, 1e-6), floors.max_size_mb),
        *_over("its calibration error is {}", calibration, floors.max_calibration_error),
        *_over(
            "its value on train is {} above validation",
            _more(figures.train, figures.validation),
            floors.max_train_gap,
        ),
        *_over(
            "its value on validation is {} above test", _more(figures.validation, test), floors.max_test_gap
        ),
    )


def _below(parts: tuple[Part, ...], bounds: Bounds, *, what: str) -> Iterator[str]:
    yield from _unread(parts, bounds, what=what)
    asked = ((part, bound) for part in parts if (bound := bounds.of(part.name)) is not None)
    short = [(bound - part.value, part, bound) for part, bound in asked if part.value < bound]
    for _, part, bound in sorted(short, key=lambda found: -found[0]):
        found = f'{what} "{part.name}" is {part.value:.3f} on {_samples(part)}'
        yield f"{found}, but at least {bound:g} is expected"


def _lost(parts: tuple[Part, ...], bounds: Bounds, *, what: str) -> Iterator[str]:
    asked = ((part, bound) for part in parts if (bound := bounds.of(part.name)) is not None)
    worse = [(part.loss or 0.0, part, bound) for part, bound in asked if _is_worse(part, bound)]
    for loss, part, bound in sorted(worse, key=lambda found: -found[0]):
        yield (
            f'{what} "{part.name}" is {loss:.3f} below the champion\'s on {_samples(part)}, '
            f"but at most {bound:g} may be lost"
        )


def _is_worse(part: Part, bound: float) -> bool:
    if part.loss is None or part.surely is None or part.loss <= bound:
        return False
    return part.surely > 0 or part.units < _FEW


def _unread(parts: tuple[Part, ...], bounds: Bounds, *, what: str) -> Iterator[str]:
    read = {part.name for part in parts}
    for name in bounds.named:
        if name not in read:
            yield f'{what} "{name}" was not measured, for no sealed sample is of it'


def _over(sentence: str, found: float | None, most: float | None) -> Iterator[str]:
    if most is None:
        return
    if found is None:
        yield f"nobody measured whether {sentence.format(f'at most {most:g}')}"
    elif found > most:
        yield f"{sentence.format(f'{found:.3g}')}, but at most {most:g} is allowed"


def _times(figure: float | None, factor: float) -> float | None:
    return None if figure is None else figure * factor


def _more(one: float | None, another: float | None) -> float | None:
    return None if one is None or another is None else one - another


def _samples(part: Part) -> str:
    plain = f"{part.samples} sample{'s' if part.samples != 1 else ''}"
    if part.units == part.samples:
        return plain
    return f"{plain} of {part.units} group{'s' if part.units != 1 else ''}"
