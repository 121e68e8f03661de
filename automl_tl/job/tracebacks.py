"""Where a failed trial went wrong, kept for whoever mends it."""

import traceback
from contextlib import suppress
from pathlib import Path

_FOLDER = "tracebacks"


def traceback_file(folder: Path, trial: int) -> Path:
    """Where a job's folder has the traceback of a trial that failed."""
    return folder / _FOLDER / f"trial-{trial}.txt"


def keep_traceback(folder: Path, trial: int, error: Exception) -> None:
    """Write it down, with what the worker noted on it; on a full disk it is lost, and nothing else."""
    file = traceback_file(folder, trial)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)))
