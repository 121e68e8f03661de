"""``bench scores``: all scores of one candidate together, against the usual ways to compute them."""

import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.bench.plain_scores import plain_panel
from automl_tl.scores.decomposition import Decomposition
from automl_tl.scores.labelled import label
from automl_tl.scores.panel import panel
from automl_tl.scores.ridge import ridge_path

_SOURCE_CLASSES = 1000
_MOST_CLASSES = 1000
_FEW_CLASSES = 10
# scikit-learn's ridge codes classes as −1 and 1, and its principal components are drawn at random.
_NOT_THE_SAME = ("ridge", "ncti_confidence", "ncti_spread", "ncti_tightness")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One size; ``megabytes`` is the most that ours held at once.

    Seconds are the processor's, of the fastest of the repeats: a busy machine stretches them little.
    """

    samples: int
    features: int
    classes: int
    ours_seconds: float
    plain_seconds: float
    speedup: float
    megabytes: float
    largest_difference: float


def run(*, samples: Sequence[int], features: Sequence[int], repeats: int, seed: int) -> dict[str, Any]:
    """Every size once, with ten classes and with as many as there are (N / 5, at most 1000).

    Features are drawn as pooled ones look: rectified, far from zero, of falling variance, float32. Each
    finished row goes to standard error at once. Set OMP_NUM_THREADS=1, as a worker has it: what threads wait
    for each other counts as the processor's time too.
    """
    rows, lines = [], [_HEAD]
    for count in samples:
        for width in features:
            for classes in sorted({_FEW_CLASSES, min(count // 5, _MOST_CLASSES)}):
                rows.append(_row(count, width, classes, repeats=repeats, seed=seed))
                lines.append(_line(rows[-1]))
                print(lines[-1], file=sys.stderr, flush=True)
    ratios = [row.speedup for row in rows]
    found = {"rows": [asdict(row) for row in rows], "speedup_least": min(ratios)}
    found["speedup_mean"] = float(np.exp(np.mean(np.log(ratios))))
    lines.append(f"geometric mean {found['speedup_mean']:.1f}, least {found['speedup_least']:.1f}")
    return {**found, "table": "\n".join(lines)}


def _row(samples: int, features: int, classes: int, *, repeats: int, seed: int) -> Row:
    rows, targets, source = _drawn(samples, features, classes, seed=seed)
    ours, ours_seconds = _timed(lambda: panel(label(rows, targets), source=source), repeats=repeats)
    penalties = ridge_path(Decomposition(label(rows, targets))).penalties
    wide = rows.astype(np.float64)
    plain, plain_seconds = _timed(
        lambda: plain_panel(wide, targets, source=source, penalties=penalties), repeats=repeats
    )
    return Row(
        samples=samples,
        features=features,
        classes=classes,
        ours_seconds=ours_seconds,
        plain_seconds=plain_seconds,
        speedup=plain_seconds / ours_seconds,
        megabytes=_held(lambda: panel(label(rows, targets), source=source)),
        largest_difference=max(
            abs(ours[name] - value) / max(1.0, abs(value))
            for name, value in plain.items()
            if name not in _NOT_THE_SAME
        ),
    )


def _drawn(
    samples: int, features: int, classes: int, *, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    draw = np.random.default_rng(seed)
    targets = draw.permutation(np.arange(samples) % classes).astype(np.int64)
    scales = np.linspace(1, 0.1, features)
    centres = draw.normal(0.3, 0.3, (classes, features))
    rows = np.maximum((centres[targets] + draw.normal(size=(samples, features))) * scales, 0)
    source = draw.gamma(0.1, size=(samples, _SOURCE_CLASSES)) + 1e-12
    return rows.astype(np.float32), targets, source / source.sum(axis=1, keepdims=True)


def _timed(act: Callable[[], dict[str, float]], *, repeats: int) -> tuple[dict[str, float], float]:
    seconds = []
    for _ in range(repeats):
        begun = time.process_time()
        found = act()
        seconds.append(time.process_time() - begun)
    return found, min(seconds)


def _held(act: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


_HEAD = (
    f"{'samples':>7} {'features':>8} {'classes':>7} {'ours s':>8} {'plain s':>8} {'speed-up':>8} "
    f"{'MB held':>8} {'difference':>10}"
)


def _line(row: Row) -> str:
    return (
        f"{row.samples:>7} {row.features:>8} {row.classes:>7} {row.ours_seconds:>8.2f} "
        f"{row.plain_seconds:>8.2f} {row.speedup:>8.1f} {row.megabytes:>8.0f} {row.largest_difference:>10.1e}"
    )
