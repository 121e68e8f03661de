"""Who sits at this machine, as the audit log names them."""

import os
import pwd


def person() -> str:
    """``user NAME``, by the process and not by its environment; the number where the machine has no name."""
    number = os.getuid()
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:  # a container's user without an entry
        return f"user {number}"
