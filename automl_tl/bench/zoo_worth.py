"""What the embedded weights are worth: few samples learnt from them, against the same net from scratch."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from automl_tl.bench.zoo_material import Material, material_of
from automl_tl.zoo.embedded.few_shot import Lesson, Sample, features, taught, use_threads
from automl_tl.zoo.embedded.recipes import NAMES

SAMPLES_PER_CLASS = 10
LEARNING_RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # the probe's: scikit-learn's C
EPOCHS = 40  # of fine-tuning and of training from scratch alike
_TUNING_DRAWS = 2

Teach = Callable[..., float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Worth:
    """Mean test accuracies over the draws; ``gain`` is the chosen way's over scratch, paired draw by draw."""

    probe: float
    fine_tuned: float
    scratch: float
    chosen: str  # probe or fine_tuned: the better one on validation
    gain: float
    interval: tuple[float, float]  # of the gain, 95 %, Student's t
    tuned: dict[str, float]  # the probe's penalty, and both learning rates


def run(*, draws: int, names: Sequence[str], seed: int, threads: int) -> dict[str, Any]:
    """Measure the nets called ``names`` (none: all); figures by net, and ``table`` for people.

    Each finished row goes to standard error at once. CandidateUnknown for an unknown name.
    """
    use_threads(threads)
    material = {name: material_of(name, seed=seed) for name in names or NAMES}
    rows = [f"{'net':<18} {'probe':>6} {'tuned':>6} {'scratch':>7} {'gain':>7}  95 % interval"]
    found: dict[str, Any] = {}
    for name, data in material.items():
        worth = measure(name, data=data, draws=draws, seed=seed)
        found[name] = asdict(worth)
        rows.append(_row(name, worth))
        print(rows[-1], file=sys.stderr, flush=True)
    settings = {"draws": draws, "seed": seed, "samples_per_class": SAMPLES_PER_CLASS, "epochs": EPOCHS}
    return {**settings, "nets": found, "table": "\n".join(rows)}


def _row(name: str, worth: Worth) -> str:
    low, high = worth.interval
    accuracies = f"{worth.probe:6.3f} {worth.fine_tuned:6.3f} {worth.scratch:7.3f}"
    return f"{name:<18} {accuracies} {worth.gain:+7.4f}  [{low:+.4f}, {high:+.4f}]"


def measure(name: str, *, data: Material, draws: int, seed: int) -> Worth:
    """Tune all three ways on validation, then read the test part ``draws`` times."""
    ways: dict[str, tuple[Teach, Sequence[float], Material]] = {
        "probe": (_probe, PENALTIES, data.mapped(lambda inputs: torch.from_numpy(features(name, inputs)))),
        "fine_tuned": (_fine_tuned, LEARNING_RATES, data),
        "scratch": (_scratch, LEARNING_RATES, data),
    }
    tuned, reached, tests = {}, {}, {}
    for way, (teach, values, seen) in ways.items():
        tuning = [few(seen.pool, seed=[seed, 1, draw]) for draw in range(_TUNING_DRAWS)]
        drawn = [few(seen.pool, seed=[seed, 2, draw]) for draw in range(draws)]
        scores = [
            float(_accuracies(teach, name, tuning, seen.validation, value=value).mean()) for value in values
        ]
        tuned[way], reached[way] = values[int(np.argmax(scores))], max(scores)
        tests[way] = _accuracies(teach, name, drawn, seen.test, value=tuned[way])
    chosen = max(("probe", "fine_tuned"), key=lambda way: reached[way])
    gains = tests[chosen] - tests["scratch"]
    means = {way: float(values.mean()) for way, values in tests.items()}
    return Worth(**means, chosen=chosen, gain=float(gains.mean()), interval=interval(gains), tuned=tuned)


def few(pool: Sample, *, seed: Sequence[int]) -> Sample:
    """Ten random samples of each class."""
    shuffled = np.random.default_rng(seed).permutation(len(pool.labels))
    labels = pool.labels[shuffled]
    chosen = np.concatenate([shuffled[labels == label][:SAMPLES_PER_CLASS] for label in np.unique(labels)])
    return Sample(inputs=pool.inputs[chosen], labels=pool.labels[chosen])


def interval(gains: NDArray[np.float64]) -> tuple[float, float]:
    """Student's 95 % interval of the mean of paired differences (n)."""
    half = float(stats.t.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / math.sqrt(len(gains)))
    return float(gains.mean()) - half, float(gains.mean()) + half


def _accuracies(
    teach: Teach, name: str, samples: Sequence[Sample], judged: Sample, *, value: float
) -> NDArray[np.float64]:
    """How well ``judged`` is named after each of the samples (n)."""
    return np.array([teach(name, sample, judged, value=value, seed=at) for at, sample in enumerate(samples)])


def _probe(name: str, sample: Sample, judged: Sample, *, value: float, seed: int) -> float:
    """Of samples whose inputs are the net's features already."""
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=value, max_iter=500, random_state=seed))
    probe.fit(sample.inputs.numpy(), sample.labels)
    return float(probe.score(judged.inputs.numpy(), judged.labels))


def _fine_tuned(name: str, sample: Sample, judged: Sample, *, value: float, seed: int) -> float:
    lesson = Lesson(learning_rate=value, epochs=EPOCHS, pretrained=True, seed=seed)
    return taught(name, sample, lesson=lesson).accuracy(judged)


def _scratch(name: str, sample: Sample, judged: Sample, *, value: float, seed: int) -> float:
    lesson = Lesson(learning_rate=value, epochs=EPOCHS, pretrained=False, seed=seed)
    return taught(name, sample, lesson=lesson).accuracy(judged)
