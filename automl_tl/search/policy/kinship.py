"""How alike two options are on two datasets: a covariance that is a sum of parts, weighed by the past."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from automl_tl.search.policy.gaps import Floats
from automl_tl.search.policy.option import Option

DATASET = 25.0  # variance of a dataset's own level: as good as unknown
JITTER = 1e-3  # variance of what a repetition of the same training may differ by
_FIRST_GUESS = 0.15  # a part's variance before the past was looked at
_FIT_ROWS = 400  # the variances are learnt from so many rows at most
_ITERATIONS = 25
_REACH = 0.7  # distance at which two configurations are still much alike, of one deviation a setting

Weights = Floats  # one variance a part
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What the parts of the covariance look at, one row an (option, dataset).

    ``facts`` [N, F] has mean 0 and deviation 1 over the past, 0 where a fact is unknown; ``scores`` [N, J]
    the same within each dataset; ``settings`` [N, S]; ``candidates`` [N], ``datasets`` [N] and ``groups``
    [G, N] are numbers that stand for names. ``repeats``: some candidate stands twice under one dataset, so
    that part of a value is a row's alone.
    """

    facts: Floats
    candidates: Numbers
    datasets: Numbers
    groups: Numbers
    scores: Floats
    settings: Floats
    repeats: bool

    def __len__(self) -> int:
        return len(self.candidates)

    def parts(self, these: Numbers, those: Numbers) -> Iterable[Floats]:
        """The covariance's parts between rows ``these`` [A] and ``those`` [B], each [A, B].

        Facts, groups and the candidate itself, each once for all datasets and once for this dataset alone;
        then what the scores say; then the settings: for all, for this dataset, for this candidate; then the
        row itself.
        """
        same_dataset = _same(self.datasets, these, those)
        same_candidate = _same(self.candidates, these, those)
        shared = [self.facts[these] @ self.facts[those].T / max(1, self.facts.shape[1])]
        shared += [_same(group, these, those) for group in self.groups]
        shared.append(same_candidate)
        for part in shared:
            yield part
            yield part * same_dataset
        yield self.scores[these] @ self.scores[those].T
        if self.settings.shape[1]:
            alike = _alike(self.settings[these], self.settings[those])
            yield alike
            yield alike * same_dataset
            yield alike * same_candidate
        if self.repeats:
            yield (these[:, None] == those[None, :]).astype(np.float64)

    def covariance(self, these: Numbers, those: Numbers, weights: Weights) -> Floats:
        """The weighed sum of the parts, [A, B], without the datasets' levels."""
        total = np.zeros((len(these), len(those)))
        for weight, part in zip(weights, self.parts(these, those), strict=True):
            total += weight * part
        return total

    def past_covariance(self, past: Numbers, weights: Weights) -> Floats:
        """That of the past's gaps as they were observed, levels of the datasets included; [N, N]."""
        total = self.covariance(past, past, weights) + DATASET * _same(self.datasets, past, past)
        total[np.diag_indices(len(past))] += JITTER
        return total


def weigh(rows: Rows, gaps: Floats) -> Weights:
    """Each part's variance, by the greatest posterior probability of the past's ``gaps`` (rows 0 to N−1).

    Gaussian marginal likelihood, with a log-normal prior around the first guess; deterministic.
    """
    count = sum(1 for _ in rows.parts(np.arange(1), np.arange(1)))
    guess = np.log(np.full(count, _FIRST_GUESS))
    if len(gaps) < 3:
        return np.asarray(np.exp(guess))
    chosen = _spread_out(len(gaps))
    parts = np.array(list(rows.parts(chosen, chosen)))
    levels = DATASET * _same(rows.datasets, chosen, chosen) + JITTER * np.eye(len(chosen))
    found = minimize(
        _misfit,
        guess,
        args=(parts, levels, gaps[chosen], guess),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS},
    )
    return np.asarray(np.exp(found.x), dtype=np.float64)


def _misfit(logs: Floats, parts: Floats, levels: Floats, gaps: Floats, guess: Floats) -> tuple[float, Floats]:
    """−log posterior of the parts' log variances, and its gradient."""
    weights = np.exp(logs)
    covariance = levels + np.tensordot(weights, parts, 1)
    inverse = np.linalg.inv(covariance)
    solved = inverse @ gaps
    _, log_determinant = np.linalg.slogdet(covariance)
    away = logs - guess
    slope = 0.5 * (parts.reshape(len(parts), -1) @ (inverse - np.outer(solved, solved)).ravel()) * weights
    return 0.5 * float(gaps @ solved + log_determinant + away @ away), slope + away


def _spread_out(count: int) -> Numbers:
    """At most ``_FIT_ROWS`` row numbers, chosen without regard to order, always the same."""
    if count <= _FIT_ROWS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, _FIT_ROWS, replace=False))


def rows_of(options: Sequence[Option], *, datasets: Numbers, scores: Floats, past: int) -> Rows:
    """The rows of these options; the first ``past`` of them set the scale of facts and settings."""
    names = sorted({name for option in options for name in option.groups})
    candidates = _numbered([option.candidate for option in options])
    pairs = list(zip(candidates.tolist(), datasets.tolist(), strict=True))
    groups = [[option.groups.get(name, f"only {option.candidate}") for option in options] for name in names]
    return Rows(
        facts=_facts(options, past=past),
        candidates=candidates,
        datasets=datasets,
        groups=np.array([_numbered(group) for group in groups], dtype=np.int64).reshape(-1, len(options)),
        scores=scores,
        settings=_settings(options, past=past),
        repeats=any(len(set(some)) < len(some) for some in (pairs[:past], pairs[past:])),
    )


def _facts(options: Sequence[Option], *, past: int) -> Floats:
    names = sorted({name for option in options for name in option.facts})
    columns = np.array([[option.facts.get(name, np.nan) for name in names] for option in options])
    return _standard(columns.reshape(len(options), len(names)), past=past)


def _settings(options: Sequence[Option], *, past: int) -> Floats:
    """Numbers standardised, words as one column each; a setting's distance counts the same whatever it is."""
    names = sorted({name for option in options for name in option.settings})
    columns: list[Floats] = []
    for name in names:
        values = [option.settings.get(name) for option in options]
        if all(isinstance(value, int | float) for value in values if value is not None):
            numbers = np.array([[np.nan if value is None else float(value)] for value in values])
            columns.append(_standard(numbers, past=past))
        else:
            words = _numbered([str(value) for value in values])
            columns.append(np.eye(int(words.max()) + 1)[words])
    return np.hstack(columns) / np.sqrt(len(names)) if columns else np.zeros((len(options), 0))


def _standard(columns: Floats, *, past: int) -> Floats:
    """Mean 0, deviation 1 over the past, else over the new options; 0 where unknown or constant."""
    if not columns.size:
        return columns
    known = np.isfinite(columns)
    # A fact that the past does not know is scaled by what the new options say of it.
    told = known[:past].sum(0) > 1
    known[:past] &= told
    known[past:] &= ~told
    seen = columns
    count = np.maximum(1, known.sum(0))
    mean = np.where(known, seen, 0.0).sum(0) / count
    deviation = np.sqrt(np.where(known, (seen - mean) ** 2, 0.0).sum(0) / count)
    scaled = (columns - mean) / np.where(deviation > 0, deviation, 1.0)
    return np.asarray(np.where(np.isfinite(scaled) & (deviation > 0), scaled, 0.0))


def _numbered(names: Sequence[str]) -> Numbers:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])


def _same(numbers: Numbers, these: Numbers, those: Numbers) -> Floats:
    return np.asarray(numbers[these][:, None] == numbers[those][None, :], dtype=np.float64)


def _alike(these: Floats, those: Floats) -> Floats:
    squares = (these**2).sum(1)[:, None] + (those**2).sum(1)[None, :] - 2 * these @ those.T
    return np.asarray(np.exp(-np.maximum(squares, 0.0) / (2 * _REACH**2)))
