"""Work is watched by the steps it reports, not by the clock: however long it takes, it may go on."""

from pathlib import Path

from automl_tl.executors.progress import Progress


def is_stalled(progress: Path, *, now: float, most_seconds: float) -> bool:
    """Whether work that has begun to report told no step for so long; ``now`` is the monotonic second."""
    if not progress.exists():
        return False
    told = Progress(progress)
    silence = now - told.steps().told
    told.close()
    return silence > most_seconds
