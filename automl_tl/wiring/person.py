"""Who sits at this machine, as the audit log names them."""

import getpass


def person() -> str:
    """``user NAME``; the number where the machine has no name for it."""
    try:
        return f"user {getpass.getuser()}"
    except (KeyError, OSError):  # a container's user without an entry
        return "user unknown"
