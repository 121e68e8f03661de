"""What a job may be judged by; the proof room computes it."""

from collections.abc import Mapping
from enum import StrEnum

UNSETTLED = "auto"
"""In place of a metric: the data decide, once they have been read."""

IMBALANCE = 3.0
"""How many times the samples of its smallest class the largest has where accuracy says too little."""


class Metric(StrEnum):
    """Every metric by name; of every one of them more is better (``log_loss`` is negated)."""

    ACCURACY = "accuracy"
    BALANCED_ACCURACY = "balanced_accuracy"
    MACRO_F1 = "macro_f1"
    LOG_LOSS = "log_loss"
    AUROC = "auroc"
    MCC = "mcc"

    @property
    def best_value(self) -> float:
        """What it has where nothing is wrong."""
        return 0.0 if self is Metric.LOG_LOSS else 1.0


def natural_metric(classes: Mapping[str, int]) -> Metric:
    """Accuracy, or balanced accuracy where classes are uneven; ``classes`` are samples by label."""
    counts = classes.values()
    is_even = not counts or max(counts) < IMBALANCE * min(counts)
    return Metric.ACCURACY if is_even else Metric.BALANCED_ACCURACY
