"""What is free of this machine's memory, or of the part of it that a container may use."""

from pathlib import Path

import psutil

_GROUP = Path("/sys/fs/cgroup")


def free_bytes(*, group: Path = _GROUP) -> int:
    """Bytes that can be had without swapping; ``group`` is where the control group tells its limits."""
    available = psutil.virtual_memory().available
    room = _room(group)
    return available if room is None else min(available, room)


def _room(group: Path) -> int | None:
    """What a control group, of the second version or the first, leaves; None: there is no limit."""
    for limit, used in (
        (group / "memory.max", group / "memory.current"),
        (group / "memory" / "memory.limit_in_bytes", group / "memory" / "memory.usage_in_bytes"),
    ):
        most = _number(limit)
        if most is not None:
            return max(0, most - (_number(used) or 0) + _droppable(limit.parent))
    return None


def _droppable(folder: Path) -> int:
    """File pages that the kernel gives up at once when memory is wanted: they count as used."""
    try:
        lines = (folder / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    found = dict(line.split(maxsplit=1) for line in lines if " " in line)
    return int(found.get("total_inactive_file", found.get("inactive_file", "0")))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # not there, or "max"
        return None
