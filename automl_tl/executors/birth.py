"""When a process began, told so that no change of the clock moves it."""

import psutil

SAME_BIRTH_SECONDS = 0.1
"""Two tellings of one birth differ by less: the system counts in hundredths."""


def birth(process: psutil.Process) -> float:
    """Seconds from the machine's start to the process's; raises psutil.NoSuchProcess."""
    # Both are told by the clock, and move with it when it is set.
    return process.create_time() - psutil.boot_time()
