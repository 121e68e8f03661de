"""What a person asks of a prediction or an evaluation, beside its inputs."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CHAMPION = "champion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text that is an input itself, not the name of a file."""

    text: str

    def __str__(self) -> str:
        """What an answer calls its input."""
        return self.text


Input = Path | Written
"""What a prediction is made for."""


class OnError(StrEnum):
    """What an input that cannot be answered does to the others."""

    STOP = "stop"
    TELL = "tell"


class Sealed(StrEnum):
    """What an evaluation does with samples of the name's sealed test."""

    COUNT = "count"
    LEAVE_OUT = "leave-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionTerms:
    """``alias`` may be a version's number; below the probability ``abstain_below`` no label is given.

    With ``STOP`` a folder stands for the pictures in it, and the first input that cannot be answered is
    raised; with ``TELL`` each input has exactly one answer, which may be an error.
    """

    alias: str = CHAMPION
    abstain_below: float = 0.0
    on_error: OnError = OnError.STOP


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationTerms:
    """Columns are a table's, guessed where they are None; ``target_accuracy`` asks for a threshold."""

    alias: str = CHAMPION
    abstain_below: float = 0.0
    input_column: str | None = None
    label_column: str | None = None
    sealed: Sealed = Sealed.COUNT
    target_accuracy: float | None = None
