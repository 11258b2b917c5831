"""Reading within a budget of bytes: rows that would exceed it are refused before their memory is taken.

A page of 500 traces may hold gigabytes, and nobody knows before it is read. SQLite hands rows out one by one, so each
is weighed as it comes. PostgreSQL's driver takes a whole result, so the statement itself ends with the first row that
exceeds the budget: ``octet_length`` reads the size of a stored text without reading the text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ColumnElement, Select, Text, bindparam, cast, func, literal, select

from tunix_rt.db.models import datasets, exports, run_logs, run_states, scores, traces, tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.errors import AnswerTooLarge

ROW_BYTES = 100
"""What a row weighs at least, whatever is in it."""

LARGE: frozenset[Any] = frozenset(
    {
        traces.c.meta,
        traces.c.payload,
        scores.c.rationale,
        scores.c.details,
        datasets.c.recipe,
        datasets.c.stats,
        exports.c.options,
        exports.c.recipe,
        tunix_runs.c.message,
        tunix_runs.c.config,
        tunix_runs.c.manifest,
        tunix_runs.c.stdout,
        tunix_runs.c.stderr,
        run_states.c.reason,
        run_logs.c.text,
    }
)
"""The columns whose values can be long; every other text has less than 1,100 bytes."""


class ReadBudget:
    """The bytes that one operation may still read from the database.

    Args:
        max_bytes: how many in all.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.taken = 0
        self.turn = asyncio.Lock()
        """Held while rows are read, so that fields of one operation do not each read what is left."""

    @property
    def left(self) -> int:
        """The bytes that may still be read."""
        return max(0, self.max_bytes - self.taken)

    def take(self, size: int) -> None:
        """Counts bytes that were read.

        Raises:
            AnswerTooLarge: when they are more than was left.
        """
        self.taken += size
        if self.taken > self.max_bytes:
            raise too_large(self.max_bytes)


def too_large(max_bytes: int) -> AnswerTooLarge:
    """Returns the refusal of an answer; its size is unknown, since it is not made any further."""
    return AnswerTooLarge(
        f"A response may have at most {max_bytes} bytes, this one has more; request smaller pages or fewer fields."
    )


def large_places(statement: Select[Any]) -> list[int]:
    """Returns the positions of the columns in a statement's rows whose values can be long."""
    return [
        position
        for position, column in enumerate(statement.selected_columns)
        if any(base in LARGE for base in column.base_columns)
    ]


async def rows_within(session: Session, statement: Select[Any], budget: ReadBudget | None) -> Sequence[Any]:
    """Returns the rows of a statement; where they are weighed, PostgreSQL's have one more column at their end.

    Raises:
        AnswerTooLarge: when they exceed the budget.
    """
    positions = large_places(statement) if budget is not None else []
    if budget is None or not positions:
        plain: Sequence[Any] = (await session.execute(statement)).all()
        return plain
    async with weighing(session, positions, budget):
        if session.dialect.name == "sqlite":
            return await rows_within(session, statement, None)
        rows: Sequence[Any] = (await session.execute(weighed(statement), {"bytes_left": budget.left})).all()
        take_weight(rows, budget)
        return rows


def take_weight(rows: Sequence[Any], budget: ReadBudget) -> None:
    """Counts the rows of a statement made by ``weighed``; raises as ``ReadBudget.take`` does."""
    if rows:
        budget.take(int(rows[-1][-1]))


def weighed(statement: Select[Any]) -> Select[Any]:
    """Returns a statement for PostgreSQL that ends with the row that exceeds the parameter ``bytes_left``.

    Its rows have the weight of all rows so far at their end.
    """
    page = statement.subquery("page_")
    columns = list(page.c)
    sizes = [size_of(columns[position]) for position in large_places(statement)]
    weight = cast(sum(sizes, literal(ROW_BYTES, BigInteger)), BigInteger)
    total = cast(func.sum(weight).over(rows=(None, 0)), BigInteger)
    rows = select(*columns, (total - weight).label("before_"), total.label("weight_")).subquery("weighed_")
    kept = [column for column in rows.c if column.name != "before_"]
    return select(*kept).where(rows.c.before_ <= bindparam("bytes_left", type_=BigInteger()))


def size_of(column: Column[Any] | ColumnElement[Any]) -> ColumnElement[int]:
    """Returns the bytes of a column's value on PostgreSQL."""
    text = cast(column, Text) if isinstance(column.type, JSON) else column
    return func.coalesce(func.octet_length(text), 0)


@asynccontextmanager
async def weighing(session: Session, positions: Sequence[int], budget: ReadBudget) -> AsyncIterator[None]:
    """Takes the budget's turn, and on SQLite weighs each row that is read meanwhile.

    Raises:
        AnswerTooLarge: as soon as the rows exceed the budget.
    """
    async with budget.turn:
        if session.dialect.name != "sqlite":
            yield
            return
        driver: Any = (await session.get_raw_connection()).driver_connection
        driver.row_factory = weigher(tuple(positions), budget)
        try:
            yield
        finally:
            if driver.is_open:
                driver.row_factory = None


def weigher(positions: tuple[int, ...], budget: ReadBudget) -> Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]:
    """Returns the row factory that weighs each row; SQLite's thread calls it."""

    def weigh(_: Any, row: tuple[Any, ...]) -> tuple[Any, ...]:
        size = ROW_BYTES
        for position in positions:
            value = row[position]
            if value is not None:
                size += byte_count(value)
        budget.take(size)
        return row

    return weigh


def byte_count(text: str) -> int:
    """Returns the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
