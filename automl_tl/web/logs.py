"""The end of a job's log file."""

import re
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """Whole lines of a log, and the byte that the next ones start at."""

    text: str
    end: int


def read_log(path: Path, *, lines: int, offset: int | None = None, trial: int | None = None) -> LogPart:
    """The last ``lines`` lines, or all from byte ``offset`` on; at most ``MOST_BYTES``, empty without a file.

    ``trial``: only the lines that name this trial.
    """
    if not path.is_file():
        return LogPart(text="", end=0)
    size = path.stat().st_size
    start = max(0, size - MOST_BYTES) if offset is None else min(max(0, offset), size)
    with path.open("rb") as file:
        file.seek(start)
        block = file.read(MOST_BYTES)
    whole = block[: block.rfind(b"\n") + 1]
    end = start + len(whole)
    if offset is None and start > 0:
        whole = whole[whole.find(b"\n") + 1 :]  # the first line was cut
    found = whole.decode(errors="replace").splitlines(keepends=True)
    if trial is not None:
        names_trial = re.compile(rf"\btrial\W{{1,3}}{trial}\b")
        found = [line for line in found if names_trial.search(line)]
    return LogPart(text="".join(found[-lines:] if offset is None else found), end=end)
