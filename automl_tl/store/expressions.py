"""The few SQL expressions that SQLAlchemy does not know for both databases."""

from typing import Any

from sqlalchemy import Double, Insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

COUNTED = {"preserve_rowcount": True}  # execution option: SQLAlchemy drops an INSERT's rowcount otherwise


class Clock(FunctionElement[float]):
    """The database's clock in seconds since the epoch: milliseconds on SQLite, microseconds on PostgreSQL."""

    name = "clock"
    type = Double()
    inherit_cache = True


@compiles(Clock, "sqlite")
def _sqlite_clock(element: Clock, compiler: SQLCompiler, **options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Clock, "postgresql")
def _postgresql_clock(element: Clock, compiler: SQLCompiler, **options: Any) -> str:
    # Not now(): that stands still while a transaction waits for another.
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


class InsertNew(Insert):
    """An INSERT that leaves a row as it is that is there already; with ``COUNTED``, rowcount says which."""

    inherit_cache = True


@compiles(InsertNew)
def _insert_new(element: InsertNew, compiler: SQLCompiler, **options: Any) -> str:
    plain: str = compiler.visit_insert(element, **options)  # type: ignore[no-untyped-call]  # not typed there
    return f"{plain} ON CONFLICT DO NOTHING"
