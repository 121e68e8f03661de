"""What a job may spend, and what it has spent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits of one job; None: no limit of that kind. ``seconds`` counts from the claim."""

    seconds: float | None = None
    trials: int | None = None
    epochs: int | None = None

    @property
    def is_limited(self) -> bool:
        """Whether anything ends the search."""
        return any(limit is not None for limit in (self.seconds, self.trials, self.epochs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a job has spent; ``seconds`` is wall time since its first claim, less the time it was paused."""

    seconds: float = 0.0
    trials: int = 0
    epochs: int = 0
