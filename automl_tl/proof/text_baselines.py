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
_USUAL_STRENGTH, _OTHER_STRENGTHS = 10.0, (1.0, 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts and their targets int64 [N]."""

    texts: Sequence[str]
    targets: Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """Fitted ``counter`` of terms called ``name``, and what it counts in training and validation texts."""

    name: str
    counter: Any
    counted: Any
    checked: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    value: float
    strength: float
    terms: _Terms
    model: Any


def cheap_on_texts(
    train: Texts, validation: Texts, asked: Sequence[str], *, classes: int, metric: str, seed: int
) -> Baseline:
    """TF-IDF and logistic regression, the best on validation, read on ``asked``.

    Terms are words and pairs of words, or two to four letters within a word (for scripts without spaces, and
    spelling), as is better at the usual strength; then other strengths are tried. At most ``MOST_TEXTS``
    drawn training texts are counted.
    """
    kept = drawn(len(train.targets), seed=seed, most=MOST_TEXTS)
    texts, targets = [train.texts[place][:_MOST_CHARACTERS] for place in kept], train.targets[kept]
    value = measure(metric)

    def tried(terms: _Terms, strength: float) -> _Tried:
        model = _fitted(terms.counted, targets, strength=strength)
        found = value(validation.targets, probabilities_of(model, terms.checked, classes=classes))
        return _Tried(value=found, strength=strength, terms=terms, model=model)

    usual = [tried(terms, _USUAL_STRENGTH) for terms in _terms(texts, validation=_cut(validation.texts))]
    first = max(usual, key=lambda one: one.value)
    best = max([first, *(tried(first.terms, s) for s in _OTHER_STRENGTHS)], key=lambda one: one.value)
    questions = best.terms.counter.transform(_cut(asked))
    return Baseline(
        probabilities=probabilities_of(best.model, questions, classes=classes),
        detail=f"logistic regression (C = {best.strength:g}) on TF-IDF of {best.terms.name}",
    )


def _terms(texts: Sequence[str], *, validation: Sequence[str]) -> Iterator[_Terms]:
    """Both kinds; one that finds no term is left out."""
    for name, analyzer, sizes in (("words", "word", (1, 2)), ("letters", "char_wb", (2, 4))):
        counter = TfidfVectorizer(
            analyzer=analyzer,
            ngram_range=sizes,
            sublinear_tf=True,
            max_features=_MOST_TERMS,
            dtype=np.float32,
        )
        try:
            counted = counter.fit_transform(texts)
        except ValueError:  # an empty vocabulary: no word has two letters
            continue
        yield _Terms(name=name, counter=counter, counted=counted, checked=counter.transform(validation))


def _fitted(counted: Any, targets: Targets, *, strength: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is near enough for a baseline
        return LogisticRegression(C=strength, max_iter=200).fit(counted, targets)


def _cut(texts: Sequence[str]) -> list[str]:
    return [text[:_MOST_CHARACTERS] for text in texts]
