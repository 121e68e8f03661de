"""What the database complains of, in the words of our errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from automl_tl.errors import DiskFull, OperatorError, StoreUnavailable

_DISK_FULL_SQLSTATE = "53100"
_FROZEN_SQLSTATE = "25P03"  # the server ended a transaction whose client had said nothing for long


@contextmanager
def translated() -> Iterator[None]:
    """Raise DiskFull, StoreUnavailable (time can mend it) or OperatorError (the file is no store of ours)."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError, sqlite3.Error) as problem:
        said = getattr(problem, "orig", None) or problem
        if "disk is full" in str(said) or getattr(said, "sqlstate", None) == _DISK_FULL_SQLSTATE:
            raise DiskFull("the store could not write, because its disk is full") from problem
        sentence = str(said).strip().partition("\n")[0]
        if isinstance(problem, exc.TimeoutError) or _may_pass(problem):
            raise StoreUnavailable(f"the store does not answer: {sentence}") from problem
        # sqlite3 raises the bare class for a file that is damaged, or something else altogether.
        if type(said) is sqlite3.DatabaseError:
            raise OperatorError(f"the store cannot be read: {sentence}") from problem
        raise


def _may_pass(problem: exc.DBAPIError | sqlite3.Error) -> bool:
    if getattr(getattr(problem, "orig", None), "sqlstate", None) == _FROZEN_SQLSTATE:
        return True
    return isinstance(
        problem, exc.OperationalError | exc.InterfaceError | sqlite3.OperationalError | sqlite3.InterfaceError
    )
