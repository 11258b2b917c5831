"""Byte budgets for reading: rows that exceed the budget are refused before they take up memory.

A page of 500 traces may hold gigabytes, which is not known before it is read. SQLite returns rows one by one, so each
is measured when it is read. PostgreSQL's driver reads a whole result, so the statement itself stops at the first row
beyond the budget: ``octet_length`` returns the size of a stored text without reading the text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ColumnElement, Select, Text, bindparam, cast, func, literal, select

from tunix_rt.db.models import (
    datasets,
    evaluation_candidates,
    exports,
    generations,
    rubrics,
    run_logs,
    run_states,
    saved_views,
    scores,
    trace_origins,
    traces,
    tunix_runs,
)
from tunix_rt.db.session import Session, driver_of
from tunix_rt.errors import AnswerTooLarge

ROW_BYTES = 100
"""The minimum size of a row in the budget."""

LARGE: frozenset[Any] = frozenset(
    {
        traces.c.meta,
        traces.c.payload,
        traces.c.reference_answer,
        trace_origins.c.raw_text,
        trace_origins.c.template,
        scores.c.rationale,
        scores.c.details,
        datasets.c.recipe,
        datasets.c.stats,
        exports.c.options,
        exports.c.recipe,
        generations.c.options,
        generations.c.recipe,
        generations.c.stderr,
        evaluation_candidates.c.selection,
        rubrics.c.criteria,
        saved_views.c.search,
        tunix_runs.c.message,
        tunix_runs.c.config,
        tunix_runs.c.manifest,
        tunix_runs.c.stdout,
        tunix_runs.c.stderr,
        tunix_runs.c.notes,
        tunix_runs.c.parameters,
        run_states.c.reason,
        run_logs.c.text,
    }
)
"""The columns that may have long values.

Of the others, texts have fewer than 1,100 bytes, but for the messages of failed jobs: these have up to 10,000
characters, and jobs are fewer than traces by orders of magnitude.
"""


class ReadBudget:
    """The bytes that one operation may still read from the database.

    Args:
        max_bytes: the total.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.taken = 0
        self.turn = asyncio.Lock()
        """Held while rows are read, so that concurrent fields of an operation do not each spend what is left."""

    @property
    def left(self) -> int:
        """The remaining bytes."""
        return max(0, self.max_bytes - self.taken)

    def take(self, size: int) -> None:
        """Subtracts bytes that were read.

        Raises:
            AnswerTooLarge: the budget is exceeded.
        """
        self.taken += size
        if self.taken > self.max_bytes:
            raise too_large(self.max_bytes)


def too_large(max_bytes: int) -> AnswerTooLarge:
    """Returns the error of an answer beyond the budget, without its size, which is unknown."""
    return AnswerTooLarge(
        f"A response may have at most {max_bytes} bytes; this one has more. Request smaller pages or fewer fields."
    )


def large_places(statement: Select[Any]) -> list[int]:
    """Returns the positions of a statement's columns that may have long values."""
    return [
        position
        for position, column in enumerate(statement.selected_columns)
        if any(base in LARGE for base in column.base_columns)
    ]


async def rows_within(session: Session, statement: Select[Any], budget: ReadBudget | None) -> Sequence[Any]:
    """Returns the rows of a statement; with a budget, PostgreSQL's rows have one more column at the end.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    positions = large_places(statement) if budget is not None else []
    if budget is None or not positions:
        plain: Sequence[Any] = (await session.execute(statement)).all()
        return plain
    async with weighing(session, positions, budget):
        if session.dialect.name == "sqlite":
            return await rows_within(session, statement, None)
        rows: Sequence[Any] = (await session.execute(stop_at_budget(statement), {"bytes_left": budget.left})).all()
        take_weight(rows, budget)
        return rows


class CountingBudget(ReadBudget):
    """A budget that also counts the rows that were taken from it, one by one."""

    rows = 0

    def take(self, size: int) -> None:
        """Subtracts the bytes of one row; raises as ``ReadBudget.take`` does."""
        self.rows += 1
        super().take(size)


async def rows_up_to(
    session: Session, statement: Select[Any], limit: int, max_bytes: int
) -> tuple[Sequence[Any], bool]:
    """Returns a statement's first rows, up to the one that exceeds a size, and whether there may be more.

    Args:
        statement: has no LIMIT; PostgreSQL's rows may have one more column at the end.
        limit: the maximum number of rows.
        max_bytes: the size of the rows together, which only the last of them may exceed.
    """
    bounded = statement.limit(limit)
    if not large_places(statement):
        rows: Sequence[Any] = (await session.execute(bounded)).all()
        return rows, len(rows) == limit
    if session.dialect.name == "postgresql":
        rows = (await session.execute(stop_at_budget(bounded), {"bytes_left": max_bytes})).all()
        return rows, len(rows) == limit or (bool(rows) and rows[-1][-1] > max_bytes)
    budget = CountingBudget(max_bytes)
    try:
        rows = await rows_within(session, bounded, budget)
    except AnswerTooLarge:
        return (await session.execute(statement.limit(budget.rows))).all(), True
    return rows, len(rows) == limit


def take_weight(rows: Sequence[Any], budget: ReadBudget) -> None:
    """Takes the size of the rows of such a statement from the budget; raises as ``ReadBudget.take`` does."""
    if rows:
        budget.take(int(rows[-1][-1]))


def stop_at_budget(statement: Select[Any]) -> Select[Any]:
    """Returns a statement for PostgreSQL that stops at the row that exceeds the parameter ``bytes_left``.

    The last column of each row is the total size of all rows up to it.
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
    """Returns the size of a column's value in bytes, on PostgreSQL."""
    text = cast(column, Text) if isinstance(column.type, JSON) else column
    return func.coalesce(func.octet_length(text), 0)


@asynccontextmanager
async def weighing(session: Session, positions: Sequence[int], budget: ReadBudget) -> AsyncIterator[None]:
    """Holds the budget's lock during the block; on SQLite, measures each row that is read in it.

    Raises:
        AnswerTooLarge: the rows exceed the budget; raised at the first row beyond it.
    """
    async with budget.turn:
        if session.dialect.name != "sqlite":
            yield
            return
        driver = await driver_of(session)
        driver.row_factory = weigher(tuple(positions), budget)
        try:
            yield
        finally:
            if driver.is_open:
                driver.row_factory = None


def weigher(positions: tuple[int, ...], budget: ReadBudget) -> Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]:
    """Returns a row factory that takes each row's size from the budget; called in SQLite's thread."""

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
    """Returns the number of bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
