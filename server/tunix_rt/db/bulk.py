"""Bulk inserts: the fastest way on each database that keeps SQLAlchemy's types and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Dialect, Table, TableClause, exc, select

from tunix_rt.db.session import Session

STATEMENT_ROWS = 500
"""Values in one statement: well under PostgreSQL's 32,767 parameters."""

SQLITE_PARAMETERS = 32_766
"""SQLite's maximum of parameters in a statement.

Many rows are inserted by one statement, since SQLite's driver takes the interpreter's lock again after each: while
another thread computes, it waits up to 5 ms for that.
"""


async def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows in order; all have the same columns."""
    await insert_columns(session, table, driver_columns(table, rows, session.dialect))


def driver_columns(table: Table, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> dict[str, Sequence[Any]]:
    """Returns one list of values for each column of rows, in the driver's types; see ``insert_columns``."""
    columns: dict[str, Sequence[Any]] = {}
    for name in rows[0]:
        convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        values = [row[name] for row in rows]
        columns[name] = list(map(convert, values)) if convert else values
    return columns


async def insert_columns(session: Session, table: TableClause, columns: Mapping[str, Sequence[Any]]) -> None:
    """Inserts rows given as one list of values for each column, in the driver's types.

    Costs half of ``insert_rows``: no row becomes an object, and no value is converted. UUIDs are 32 hex digits.
    """
    rows = list(zip(*columns.values(), strict=True))
    if session.dialect.name == "postgresql":
        await copy_rows(session, table.name, list(columns), rows)
        return
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES "  # noqa: S608 - names of our own
    marks = f"({', '.join('?' * len(columns))})"
    maximum = min(STATEMENT_ROWS, SQLITE_PARAMETERS // len(columns))
    whole = len(rows) - len(rows) % maximum
    for part in chunks(rows[:whole], maximum):
        await session.exec_driver_sql(statement + ", ".join([marks] * maximum), tuple(chain.from_iterable(part)))
    if rest := rows[whole:]:
        await session.exec_driver_sql(statement + marks, rest)


async def copy_rows(session: Session, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows on PostgreSQL by COPY in binary form, which takes half the time of an INSERT of arrays.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    driver: Any = (await session.get_raw_connection()).driver_connection
    if not driver.is_in_transaction():
        await session.execute(select(1))  # SQLAlchemy begins its transaction with the first statement
    known = session.sync_connection
    if known is not None:  # listeners for statements are notified as by SQLAlchemy
        known.dispatch.before_cursor_execute(known, None, f"COPY {table}", rows, None, True)
    try:
        await driver.copy_records_to_table(table, records=rows, columns=names)
    except Exception as error:
        if driver.is_closed():
            await session.invalidate()
        raise error_class(getattr(error, "sqlstate", None) or "")(None, None, error) from error


def error_class(state: str) -> type[exc.DBAPIError]:
    """Returns SQLAlchemy's class for an error of the driver with an SQLSTATE."""
    return {"22": exc.DataError, "23": exc.IntegrityError}.get(state[:2], exc.DBAPIError)


def chunks(values: Sequence[Any], size: int = STATEMENT_ROWS) -> list[Sequence[Any]]:
    """Splits values into parts of at most ``size``."""
    return [values[start : start + size] for start in range(0, len(values), size)]
