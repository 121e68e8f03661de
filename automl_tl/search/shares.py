"""How a time budget is shared between the search and what follows it."""

from automl_tl.domain.dataset import Modality

SCRATCH_SHARE = 0.2  # what the from-scratch baseline may cost at most, of the budget
RESERVE_SHARE = 1 / 3  # what all that follows the search may cost at most, of the budget
_FIXED_SECONDS = 6.0  # packing, intervals, registry
_FIXED_SHARE = 0.1  # of the budget: the same for budgets of less than a minute
_OF_BEGINNING = (
    0.4  # the same where the machine was slow to begin: it starts and imports much as the proof does
)
_MOST_FIXED_SHARE = 0.2  # of the budget, however slow

_OF_A_TEXT_AND_CLASS = 7e-5
_MOST_TEXTS = 20_000


def fixed_seconds(budget: float, *, begun: float) -> float:
    """What the proof costs whatever is proven; ``begun``: seconds that had passed when the search began."""
    usual = min(_FIXED_SECONDS, _FIXED_SHARE * budget)
    return max(usual, min(_OF_BEGINNING * begun, _MOST_FIXED_SHARE * budget))


def first_reserve_seconds(budget: float, *, begun: float, baseline: float = 0.0) -> float:
    """What is kept for the proof as long as no trial has reported.

    The scratch baseline is taken at its cap, but at no more than half of what is left: where little is, a
    trial comes before it.
    """
    fixed = fixed_seconds(budget, begun=begun) + baseline
    return fixed + min(SCRATCH_SHARE * budget, max(0.0, (budget - begun - fixed) / 2))


def baseline_seconds(modality: Modality, *, samples: int, classes: int) -> float:
    """What the cheap classifier that stands beside the challenger takes, as far as it is not among the fixed.

    Counted words are solved for anew for every class: 33 s at 7,000 texts of 77 classes (Banking77).
    """
    if modality is not Modality.TEXT:
        return 0.0
    return _OF_A_TEXT_AND_CLASS * min(samples, _MOST_TEXTS) * classes
