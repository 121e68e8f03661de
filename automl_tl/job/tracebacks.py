"""Where a failed trial went wrong, or a stage hung, kept for whoever mends it."""

import traceback
from contextlib import suppress
from pathlib import Path

_FOLDER = "tracebacks"


def traceback_file(folder: Path, trial: int) -> Path:
    """Where a job's folder has the traceback of a trial that failed."""
    return folder / _FOLDER / f"trial-{trial}.txt"


def stage_file(folder: Path, work: str) -> Path:
    """Where a job's folder has what was known of a stage's work that was lost."""
    return folder / _FOLDER / f"{work}.txt"


def keep_traceback(file: Path, error: Exception) -> None:
    """Write it down, with what the worker noted on it; on a full disk it is lost, and nothing else."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)))
