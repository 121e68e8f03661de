"""What differs between a dataset and the version of it before."""

from collections.abc import Iterable

from automl_tl.domain.dataset import Changes, Sample


def changes(now: Iterable[Sample], before: Iterable[Sample]) -> Changes:
    """Samples that came, went, or stand under other labels; a sample is its sha256, wherever it lies."""
    new, old = _labels(now), _labels(before)
    return Changes(
        added=len(new.keys() - old.keys()),
        gone=len(old.keys() - new.keys()),
        relabelled=sum(1 for sha256, labels in new.items() if old.get(sha256, labels) != labels),
    )


def _labels(samples: Iterable[Sample]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for sample in samples:
        found[sample.sha256] = found.get(sample.sha256, frozenset()) | {sample.label}
    return found
