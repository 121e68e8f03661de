"""Whether the given test differs from training in more than chance explains."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, mannwhitneyu

from automl_tl.data.kin import kin
from automl_tl.data.looks import looks_of
from automl_tl.data.survey import Found, Survey
from automl_tl.data.traits import Traits
from automl_tl.data.two_samples import FEWEST, TwoSamples, compare, drawn
from automl_tl.domain.finding import Finding, Health

LEAST_SHIFT = 0.1
"""Of an AUROC, away from one half: one test sample in ten then stands out. Less is told of no set."""

LEAST_SHARE = 0.05
"""Of the samples that would have to change class for both splits to have the same shares."""

_CHANCE = 1e-3  # of all tests of a dataset together
_ADVICE = "ask whether what the model will meet looks like the test or like training"


def shifts(
    traits: Traits, *, labels: Sequence[str], is_test: NDArray[np.bool_], whole: TwoSamples | None = None
) -> tuple[Finding, ...]:
    """What differs between the samples [n] of test and the others (Mann and Whitney; chi-squared).

    ``whole`` says how well the samples as a whole are told apart within their classes; it is told where no
    trait says as much, or where what a trait says may come from the shares of the classes.
    """
    if min(is_test.sum(), (~is_test).sum()) < FEWEST:
        return ()
    tests = len(traits) + 1 + (whole is not None)
    apart = {name: _apart(values, is_test=is_test) for name, values in traits.items()}
    told = {name: found for name, found in apart.items() if _is_shift(found, tests=tests)}
    found = [_trait(name, traits[name], is_test=is_test, auroc=told[name].auroc) for name in told]
    classes = _classes(labels, is_test=is_test, tests=tests)
    most = max((one.auroc for one in told.values()), default=0.5)
    if whole is not None and _is_shift(whole, tests=tests) and (whole.auroc > most or classes is not None):
        found.append(_whole(whole))
    return (*found, *([] if classes is None else [classes]))


def whole_of(survey: Survey, samples: Sequence[Found], *, is_test: NDArray[np.bool_]) -> TwoSamples | None:
    """How well the given test [n] is told from training by looks; None where that cannot be asked."""
    rows = drawn(is_test)
    kept, sides = [samples[row] for row in rows], is_test[rows]
    sketches = np.array([-1 if sample.sketch is None else sample.sketch for sample in kept])
    if survey.sketches is None or sketches.min() < 0 or min(sides.sum(), (~sides).sum()) < FEWEST:
        return None
    units = np.empty(len(kept), dtype=np.intp)
    for number, family in enumerate(kin(kept)):
        units[list(family.members)] = number
    return compare(
        looks_of(survey.sketches.rows(), sketches, modality=survey.modality),
        sides=sides,
        labels=[sample.label for sample in kept],
        units=units,
    )


def _is_shift(found: TwoSamples, *, tests: int) -> bool:
    return found.chance * tests <= _CHANCE and found.auroc >= 0.5 + LEAST_SHIFT


def _apart(values: NDArray[np.float64], *, is_test: NDArray[np.bool_]) -> TwoSamples:
    tested, trained = values[is_test], values[~is_test]
    outcome = mannwhitneyu(tested, trained, method="asymptotic")
    auroc = float(outcome.statistic) / (len(tested) * len(trained))
    return TwoSamples(auroc=max(auroc, 1 - auroc), chance=float(outcome.pvalue))


def _trait(name: str, values: NDArray[np.float64], *, is_test: NDArray[np.bool_], auroc: float) -> Finding:
    middles = f"median {np.median(values[is_test]):,.4g} against {np.median(values[~is_test]):,.4g}"
    told = f"{name} alone tells test from training with AUROC {auroc:.2f} ({middles})"
    return Finding(what="shift", health=Health.WARN, found=told, advice=_ADVICE)


def _whole(whole: TwoSamples) -> Finding:
    told = (
        "test looks as if it came from another source than training: a linear classifier tells them apart, "
        f"within each class, with AUROC {whole.auroc:.2f}"
    )
    return Finding(what="shift", health=Health.WARN, found=told, advice=_ADVICE)


def _classes(labels: Sequence[str], *, is_test: NDArray[np.bool_], tests: int) -> Finding | None:
    names = sorted(set(labels))
    tested, trained = (
        Counter(label for label, held in zip(labels, is_test.tolist(), strict=True) if held is side)
        for side in (True, False)
    )
    table = np.array([[counts[name] for name in names] for counts in (tested, trained)])
    shares = table / table.sum(axis=1, keepdims=True)
    apart = shares[0] - shares[1]
    if len(names) < 2 or np.abs(apart).sum() / 2 < LEAST_SHARE:
        return None
    if not chi2_contingency(table).pvalue * tests <= _CHANCE:
        return None
    widest = int(np.abs(apart).argmax())
    told = (
        f"classes have other shares in test than in training: {np.abs(apart).sum() / 2:.0%} of the samples "
        f'would have to change class; "{names[widest]}" is {shares[0][widest]:.1%} of test and '
        f"{shares[1][widest]:.1%} of training"
    )
    return Finding(what="shift", health=Health.WARN, found=told, advice=_ADVICE)
