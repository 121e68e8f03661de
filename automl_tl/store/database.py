"""Reading, and writing in transactions; on SQLite, writers that wait together share one commit."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from automl_tl.errors import StoreUnavailable
from automl_tl.store.engine import begin, connect, is_in_memory
from automl_tl.store.translation import translated

Found = TypeVar("Found")


class Access(StrEnum):
    """What is asked of a database."""

    READ = "read"
    WRITE = "write"


@dataclass(slots=True, eq=False, kw_only=True)
class _Ticket(Generic[Found]):
    """One write that waits for its turn."""

    change: Callable[[Connection], Found]
    durable: bool
    found: Found | None = None
    problem: BaseException | None = None
    is_over: bool = False

    def result(self) -> Found:
        if self.problem is not None:
            raise self.problem
        if not self.is_over:  # the thread that had taken it along was interrupted
            raise StoreUnavailable("the write was interrupted: whether it was kept is not known")
        return cast(Found, self.found)


class Database:
    """One store's connections; all methods may be called from any thread."""

    def __init__(self, url: URL) -> None:
        with translated():
            self._engine: Engine = connect(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        self._is_in_memory = is_in_memory(url)
        self._turn = threading.Lock()
        self._waiting: deque[_Ticket[object]] = deque()
        self.timed: Callable[[str, float], None] = lambda access, seconds: None

    def read(self, query: Callable[[Connection], Found]) -> Found:
        """What the query finds; each of its statements sees its own moment."""
        with self._timing(Access.READ):
            if self._is_in_memory:  # one connection for everybody
                with self._turn:
                    return self._read(query)
            return self._read(query)

    def write(self, change: Callable[[Connection], Found], *, durable: bool = False) -> Found:
        """Carry the change out in one transaction; ``durable``: it survives a power cut once this returns.

        Raises what ``change`` raises (nothing is kept then), StoreUnavailable or DiskFull.
        """
        with self._timing(Access.WRITE):
            return self._write(change, durable=durable)

    @property
    def waiting(self) -> int:
        """How many writes wait for their turn."""
        return len(self._waiting)

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()

    def _write(self, change: Callable[[Connection], Found], *, durable: bool) -> Found:
        if not self._is_sqlite:
            with translated(), self._engine.begin() as connection:
                begin(connection, durable=durable)
                return change(connection)
        ticket: _Ticket[Found] = _Ticket(change=change, durable=durable)
        self._waiting.append(cast("_Ticket[object]", ticket))
        with self._turn:
            if not ticket.is_over:  # else another thread carried it out together with its own
                self._carry_out([self._waiting.popleft() for _ in range(len(self._waiting))])
        return ticket.result()

    @contextmanager
    def _timing(self, access: Access) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.timed(access, time.perf_counter() - begun)

    def _read(self, query: Callable[[Connection], Found]) -> Found:
        with translated(), self._engine.connect() as connection:
            return query(connection)

    def _carry_out(self, tickets: list[_Ticket[object]]) -> None:
        try:
            self._commit(tickets)
        except Exception as problem:  # noqa: BLE001  # not lost: result() raises it where it belongs
            if len(tickets) > 1:
                # Nothing of the group was kept: each on its own now, so that one fails alone.
                for ticket in tickets:
                    self._carry_out([ticket])
                return
            tickets[0].problem = problem
        for ticket in tickets:
            ticket.is_over = True

    def _commit(self, tickets: list[_Ticket[object]]) -> None:
        with translated(), self._engine.connect() as connection:
            begin(connection, durable=any(ticket.durable for ticket in tickets))
            for ticket in tickets:
                ticket.found = ticket.change(connection)
            connection.commit()
