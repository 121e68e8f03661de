"""How much of the machine one tenant may have."""

from dataclasses import dataclass

WINDOW_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Limits of one tenant; None: no limit of that kind.

    ``running_jobs`` at once; ``compute_seconds`` that its jobs claimed in the last 24 hours have run. What
    runs is never stopped by a quota: it keeps the next job from beginning.
    """

    running_jobs: int | None = None
    compute_seconds: float | None = None


NO_QUOTA = Quota()
