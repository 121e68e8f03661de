"""What the database complains of, in the words of our errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from automl_tl.errors import DiskFull, OperatorError, StoreUnavailable

_DISK_FULL_SQLSTATE = "53100"


@contextmanager
def translated() -> Iterator[None]:
    """Raise DiskFull, StoreUnavailable (time can mend it) or OperatorError (the file is no store of ours)."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as problem:
        raise _in_our_words(problem) from problem
    except exc.DatabaseError as problem:
        # sqlite3 raises the bare class for a file that is damaged or something else altogether.
        if type(problem) is exc.DatabaseError:
            raise OperatorError(f"the store cannot be read: {_said(problem)}") from problem
        raise


def _in_our_words(problem: exc.SQLAlchemyError) -> DiskFull | StoreUnavailable:
    if "disk is full" in str(problem) or _sqlstate(problem) == _DISK_FULL_SQLSTATE:
        return DiskFull("the store could not write, because its disk is full")
    return StoreUnavailable(f"the store does not answer: {_said(problem)}")


def _sqlstate(problem: exc.SQLAlchemyError) -> str | None:
    return getattr(getattr(problem, "orig", None), "sqlstate", None)


def _said(problem: exc.SQLAlchemyError) -> str:
    return str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]
