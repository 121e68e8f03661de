"""What past datasets and published facts say about a new dataset's options, before anything is tried there.

A Gaussian model of gaps (value − best of the dataset, in the dataset's spreads). For option i on dataset d

    gap(i, d) = level(d) + f(i) + h(i, d) + z(i, d)·β

f holds for all datasets, h for one; both are Gaussian processes over facts, groups, the candidate itself
and the settings (``kinship``). z are the scores, standardised within the dataset, and β what they are
worth. Published upstream accuracy and scores begin with a small positive weight, so that they count before
there is any past. Conditioning on the past's gaps gives the joint mean and covariance of (f + h, β) for the
new dataset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from automl_tl.search.policy.gaps import Floats, clipped, scale_of
from automl_tl.search.policy.kinship import Rows, rows_of, weigh
from automl_tl.search.policy.option import Option, Outcome, PastDataset
from automl_tl.search.policy.rung_relation import RungRelation, learnt
from automl_tl.search.policy.threads import on_one_thread

UPSTREAM = "upstream_accuracy"
_UPSTREAM_WEIGHT = 0.3  # spreads a deviation of the published accuracy
_SCORE_WEIGHT = 0.3  # spreads a deviation of the scores' average
_SPREAD = 2.0  # points, where no dataset was seen yet
_AGAIN = 0.05  # variance between two trainings on the same dataset, of different nights
_MOST_ROWS = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """The state of knowledge at a job's start; M options, J scores.

    ``mean`` [M + J] and ``covariance`` [M + J, M + J] are of the options' gaps without scores, then of β;
    ``usual_scores`` [M, J] are those to expect of each option, ``score_covariance`` [J, J] is that of what is
    new in them. ``log_spread`` is the usual spread of a dataset, in log points: the past's mean (learning it
    anew from what is seen was tried: nothing was gained on simulated tables, and something lost on curves).
    """

    options: tuple[Option, ...]
    scores: tuple[str, ...]
    mean: Floats
    covariance: Floats
    usual_scores: Floats
    score_covariance: Floats
    rungs: Mapping[int, RungRelation]
    last_epoch: int
    log_spread: float


@on_one_thread
def believe(
    past: Sequence[PastDataset],
    options: Sequence[Option],
    *,
    ladder: Sequence[int] = (1,),
    scores: Sequence[str] = (),
    dataset: str | None = None,
) -> Belief:
    """Learn from the past what to expect of ``options`` on the dataset of that name (None: a new one).

    ``ladder`` are the epochs at which values are seen, the last one the end; ``scores`` those that can be
    had. The past is best given newest first: what is too much is left out at its end.
    """
    past = _bounded(past)
    outcomes = [outcome for before in past for outcome in before.outcomes]
    rows = _rows(past, outcomes, options, scores=scores, dataset=dataset)
    gaps = np.concatenate([np.zeros(0), *(_gaps(before) for before in past)])
    usual = _usual_scores(rows, past=len(gaps))
    mean, covariance = _conditioned(rows, gaps, expected=_expected(rows, outcomes, options))
    spreads = np.log([scale_of([o.value for o in before.outcomes]).spread for before in past] or [_SPREAD])
    return Belief(
        options=tuple(options),
        scores=tuple(scores),
        mean=mean,
        covariance=covariance,
        usual_scores=usual[len(gaps) :],
        score_covariance=_covariance(rows.scores[: len(gaps)] - usual[: len(gaps)]),
        rungs={epoch: learnt(past, epoch, last_epoch=ladder[-1]) for epoch in ladder[:-1]},
        last_epoch=ladder[-1],
        log_spread=float(spreads.mean()),
    )


def standardised(scores: Floats) -> Floats:
    """Scores [N, J] of one dataset with mean 0 and deviation 1, NaN (not measured) as 0, divided by √J."""
    known = np.isfinite(scores)
    count = np.maximum(1, known.sum(0))
    mean = np.where(known, scores, 0.0).sum(0) / count
    deviation = np.sqrt(np.where(known, (scores - mean) ** 2, 0.0).sum(0) / count)
    scaled = (scores - mean) / np.where(deviation > 0, deviation, 1.0)
    return np.asarray(np.where(known & (deviation > 0), scaled, 0.0) / np.sqrt(max(1, scores.shape[1])))


def _bounded(past: Sequence[PastDataset]) -> list[PastDataset]:
    """The first datasets, up to ``_MOST_ROWS`` outcomes; one with a single outcome teaches nothing."""
    kept: list[PastDataset] = []
    for dataset in past:
        if sum(len(before.outcomes) for before in kept) + len(dataset.outcomes) > _MOST_ROWS and kept:
            break
        if len(dataset.outcomes) > 1:
            kept.append(dataset)
    return kept


def _rows(
    past: Sequence[PastDataset],
    outcomes: Sequence[Outcome],
    options: Sequence[Option],
    *,
    scores: Sequence[str],
    dataset: str | None,
) -> Rows:
    numbers = {before.name: number for number, before in enumerate(past)}
    of_rows = [numbers[before.name] for before in past for _ in before.outcomes]
    of_rows += [numbers.get(dataset or "", len(past))] * len(options)
    measured = [standardised(score_table([o.scores for o in before.outcomes], scores)) for before in past]
    measured.append(np.zeros((len(options), len(scores))))
    return rows_of(
        [*(outcome.option for outcome in outcomes), *options],
        datasets=np.array(of_rows, dtype=np.int64),
        scores=np.concatenate(measured),
        past=len(outcomes),
    )


def score_table(measured: Sequence[Mapping[str, float]], scores: Sequence[str]) -> Floats:
    """What was measured as [N, J], NaN where nothing was."""
    table = [[row.get(name, np.nan) for name in scores] for row in measured]
    return np.array(table, dtype=np.float64).reshape(len(measured), len(scores))


def _gaps(dataset: PastDataset) -> Floats:
    values = [outcome.value for outcome in dataset.outcomes]
    return clipped(scale_of(values).gaps(values))


def _expected(rows: Rows, outcomes: Sequence[Outcome], options: Sequence[Option]) -> Floats:
    """The mean of every row's gap before the past is looked at: facts and scores at their first weights."""
    everyone = [*(outcome.option for outcome in outcomes), *options]
    names = sorted({name for option in everyone for name in option.facts})
    upstream = rows.facts[:, names.index(UPSTREAM)] if UPSTREAM in names else np.zeros(len(rows))
    return _UPSTREAM_WEIGHT * upstream + rows.scores @ _first_score_weights(rows)


def _first_score_weights(rows: Rows) -> Floats:
    count = rows.scores.shape[1]
    return np.full(count, _SCORE_WEIGHT / np.sqrt(max(1, count)))


def _conditioned(rows: Rows, gaps: Floats, *, expected: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of the new options' gaps and of β, given the past's gaps."""
    past, new = np.arange(len(gaps)), np.arange(len(gaps), len(rows))
    surprise = gaps - expected[past]
    weights = weigh(rows, surprise)
    worth = _score_variance(rows, weights)
    count = rows.scores.shape[1]
    prior = np.zeros((len(new) + count, len(new) + count))
    prior[: len(new), : len(new)] = rows.covariance(new, new, weights)
    prior[len(new) :, len(new) :] = worth * np.eye(count)
    again = np.isin(rows.datasets[new], rows.datasets[past])
    prior[: len(new), : len(new)] += _AGAIN * np.diag(again.astype(np.float64))
    first = np.concatenate([expected[new], _first_score_weights(rows)])
    if not len(gaps):
        return first, prior
    shared = np.vstack([rows.covariance(new, past, weights), worth * rows.scores[past].T])
    gain = np.linalg.solve(rows.past_covariance(past, weights), shared.T).T
    covariance = prior - gain @ shared.T
    return first + gain @ surprise, (covariance + covariance.T) / 2


def _score_variance(rows: Rows, weights: Floats) -> float:
    """β's prior variance: the weight of the scores' part, which follows facts, groups and candidate."""
    return float(weights[2 * (2 + len(rows.groups))])


def _usual_scores(rows: Rows, *, past: int) -> Floats:
    """What each row's candidate scored in the past on average, drawn towards 0 if seldom; [N, J]."""
    usual = np.zeros_like(rows.scores)
    for candidate in set(rows.candidates.tolist()):
        its = np.flatnonzero(rows.candidates == candidate)
        seen = rows.scores[its[its < past]]
        usual[its] = seen.sum(0) / (len(seen) + 1.0)
    return usual


def _covariance(news: Floats) -> Floats:
    """The covariance of what is new in the scores; before there is a past, all of it."""
    count = news.shape[1]
    if len(news) < 3 or not count:
        return np.asarray(np.eye(count) / max(1, count))
    return np.asarray(news.T @ news / len(news))
