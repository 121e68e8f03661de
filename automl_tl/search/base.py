"""Who decides what is tried next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from automl_tl.domain.budget import Budget
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Split
from automl_tl.domain.rungs import Standings
from automl_tl.domain.space import Space
from automl_tl.domain.trial import Trial
from automl_tl.search.policy.belief import Belief


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that a proposal may depend on: rows of the store, nothing else.

    ``facts`` has one entry a shortlisted candidate; ``trials`` is the history by number; ``seconds`` is the
    wall time spent on the job so far. ``standings`` are the same trials ranked, where whoever runs the search
    keeps them in order. ``scores`` are by candidate and name, of those candidates that were appraised.
    ``belief`` is what the prior made of the facts and of past results that the job has stored; None where it
    has nothing to go by. ``counts`` are the dataset's samples by split, empty where they are not known;
    ``begun`` is how many of the seconds had passed when the search first began, ``baseline_seconds`` what the
    cheap baseline is thought to take; ``best_value`` is what the job's metric has where nothing is wrong.
    """

    space: Space
    facts: Mapping[str, CandidateFacts]
    trials: tuple[Trial, ...]
    seconds: float
    budget: Budget
    seed: int
    slots: int = 1
    standings: Standings | None = None
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    belief: Belief | None = None
    counts: Mapping[Split, int] = field(default_factory=dict)
    begun: float = 0.0
    baseline_seconds: float = 0.0
    best_value: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Let trial ``number`` run until ``until_epoch`` in total."""

    number: int
    until_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """A new trial is wanted: propose one, keep it, ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to start until a running trial reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The search is over; ``reason`` is one clause a person understands."""

    reason: str


Step = Run | Propose | Wait | Finish


class Strategy(Protocol):
    """A search as two pure functions of the context."""

    def step(self, context: Context) -> Step:
        """What to do with a free slot."""

    def seconds_left(self, context: Context) -> float | None:
        """What is left of the search's own part of a time budget; None without one."""

    def propose(self, context: Context) -> Trial:
        """The next trial, state PROPOSED, number = count of trials so far."""
