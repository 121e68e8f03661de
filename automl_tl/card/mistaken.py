"""Example mistakes: samples of retest that the challenger called wrong, and how they look."""

from collections.abc import Callable

from automl_tl.card.account import Account
from automl_tl.card.values import Mistake, Mistakes
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.proof.mistakes import Mistaken, surest_mistakes
from automl_tl.proof.predictions import read_predictions

Show = Callable[[Sample], str | None]
_MOST = 12
_OF_A_KIND = 3


def mistakes_of(account: Account, *, show: Show) -> Mistakes | None:
    """The surest mistakes on retest, for the sealed test stays sealed; None where no prediction is left."""
    reading = account.retest.get(str(account.winner.number))
    manifest = account.manifest
    if reading is None or manifest is None:
        return None
    try:
        predictions = read_predictions(reading.predictions)
    except OSError:
        return None
    samples = [manifest.samples[i] for i in manifest.indices(Split.RETEST)]
    if len(samples) != len(predictions.targets):
        return None
    calls = predictions.probabilities.argmax(axis=1)
    chosen = surest_mistakes(predictions, most=_MOST, of_a_kind=_OF_A_KIND)
    return Mistakes(
        samples=len(samples),
        wrong=int((calls != predictions.targets).sum()),
        shown=tuple(_shown(manifest, samples[m.position], m, show=show) for m in chosen),
    )


def _shown(manifest: Manifest, sample: Sample, mistaken: Mistaken, *, show: Show) -> Mistake:
    shown, is_text = show(sample), manifest.modality is Modality.TEXT
    return Mistake(
        sha256=sample.sha256,
        path=sample.path,
        true=sample.label,
        called=manifest.classes[mistaken.called],
        probability=mistaken.probability,
        of_true=mistaken.of_true,
        picture=None if is_text else shown,
        excerpt=shown if is_text else None,
    )
