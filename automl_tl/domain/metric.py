"""What a job may be judged by; the proof room computes it."""

from enum import StrEnum


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
