"""What a model of texts has to stand beside: logistic regression on weighted counts of words or letters."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from automl_tl.proof.baselines import Baseline, drawn, probabilities_of
from automl_tl.proof.metrics import measure
from automl_tl.proof.tallies import Targets

MOST_TEXTS = 20_000  # of training; a baseline must stay cheap
_MOST_TERMS = 100_000
_MOST_CHARACTERS = 10_000  # of each text
_STRENGTHS = (1.0, 10.0, 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts and their targets int64 [N]."""

    texts: Sequence[str]
    targets: Targets


def cheap_on_texts(
    train: Texts, validation: Texts, asked: Sequence[str], *, classes: int, metric: str, seed: int
) -> Baseline:
    """TF-IDF and logistic regression, the best on validation, read on ``asked``.

    Terms are words and pairs of words, or two to four letters within a word (for scripts without spaces, and
    spelling); at most ``MOST_TEXTS`` drawn training texts are counted.
    """
    kept = drawn(len(train.targets), seed=seed, most=MOST_TEXTS)
    texts, targets = [train.texts[place][:_MOST_CHARACTERS] for place in kept], train.targets[kept]
    value = measure(metric)
    best: tuple[float, str, Any, Any] | None = None
    for terms, counter in _counters(texts):
        counted = counter.transform(texts)
        checked = counter.transform(_cut(validation.texts))
        for strength in _STRENGTHS:
            fitted = _fitted(counted, targets, strength=strength)
            found = value(validation.targets, probabilities_of(fitted, checked, classes=classes))
            if best is None or found > best[0]:
                best = found, f"logistic regression (C = {strength:g}) on TF-IDF of {terms}", counter, fitted
    assert best is not None
    _, detail, counter, fitted = best
    questions = counter.transform(_cut(asked))
    return Baseline(probabilities=probabilities_of(fitted, questions, classes=classes), detail=detail)


def _counters(texts: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Fitted counters and what their terms are; one that finds no term is left out."""
    for name, analyzer, sizes in (("words", "word", (1, 2)), ("letters", "char_wb", (2, 4))):
        counter = TfidfVectorizer(
            analyzer=analyzer,
            ngram_range=sizes,
            sublinear_tf=True,
            max_features=_MOST_TERMS,
            dtype=np.float32,
        )
        try:
            yield name, counter.fit(texts)
        except ValueError:  # an empty vocabulary: no word has two letters
            continue


def _fitted(counted: Any, targets: Targets, *, strength: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is near enough for a baseline
        return LogisticRegression(C=strength, max_iter=200).fit(counted, targets)


def _cut(texts: Sequence[str]) -> list[str]:
    return [text[:_MOST_CHARACTERS] for text in texts]
