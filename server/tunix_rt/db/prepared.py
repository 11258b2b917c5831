"""Prepared statements: compiled once and executed by the driver directly, for the few that every page needs.

For a page of 50 rows, execution by SQLAlchemy takes two to three times as long as the driver, and on SQLite four
switches of threads instead of one. These are still SQLAlchemy's statements, whose types convert parameters and
results.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Dialect, Float, Numeric, Select, Uuid, exc
from sqlalchemy.types import TypeEngine

from tunix_rt.db.connections.sqlite import Answer, Statement
from tunix_rt.db.session import Session, driver_of
from tunix_rt.db.weighing import ReadBudget, large_places, stop_at_budget, take_weight, weighing
from tunix_rt.errors import AnswerTooLarge

Convert = Callable[[Any], Any]

NEW, SET, UNKNOWN = uuid.UUID.__new__, object.__setattr__, uuid.SafeUUID.unknown
PAUSE_SECONDS, PAUSE_MAX_SECONDS = 0.05, 5.0
"""The time for which a statement that was not short runs in SQLite's threads, doubled each time until the maximum."""


@dataclass(frozen=True)
class Compiled:
    """A statement in one dialect.

    Args:
        parameters: each parameter's name, default value and conversion, in the driver's order.
        results: position and conversion of each column that needs one.
    """

    sql: str
    parameters: Sequence[tuple[str, Any, Convert | None]]
    results: Sequence[tuple[int, Convert]]

    @classmethod
    def of(cls, statement: Select[Any], dialect: Dialect) -> Compiled:
        """Compiles a statement in a dialect."""
        compiled = statement.compile(dialect=dialect)
        parameters = []
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            parameters.append((name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect)))
        conversions = [result_conversion(column.type, dialect) for column in statement.selected_columns]
        results = [(position, convert) for position, convert in enumerate(conversions) if convert is not None]
        return cls(compiled.string, parameters, results)

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """Returns the driver's positional arguments for parameters by name."""
        return [
            convert(given.get(name, value)) if convert else given.get(name, value)
            for name, value, convert in self.parameters
        ]

    def convert(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Returns the driver's rows with values of the statement's types."""
        if not (self.results and rows):
            return rows
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for position, convert in self.results:
            columns[position] = list(map(convert, columns[position]))
        return list(zip(*columns, strict=True))


def result_conversion(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """Returns the function that converts a driver's value to the column's type; None if nothing is to be converted."""
    if isinstance(type_, (Numeric, Float)):
        return None
    if isinstance(type_, Uuid) and dialect.name == "sqlite":
        return id_or_none
    if isinstance(type_, ARRAY):
        convert = result_conversion(type_.item_type, dialect)
        return None if convert is None else lambda values: None if values is None else list(map(convert, values))
    return type_.dialect_impl(dialect).result_processor(dialect, None)


def id_or_none(text: str | None) -> uuid.UUID | None:
    """Returns the UUID of 32 hex digits, as SQLite stores it.

    ``uuid.UUID`` takes three times as long, since it accepts other notations, too.
    """
    if text is None:
        return None
    made = NEW(uuid.UUID)
    SET(made, "int", int(text, 16))
    SET(made, "is_safe", UNKNOWN)
    return made


class Prepared:
    """A SELECT that is executed often.

    Args:
        statement: has only named parameters.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._large = large_places(statement)
        self._compiled: dict[tuple[str, bool], Compiled] = {}
        self._threaded_until, self._pause = 0.0, PAUSE_SECONDS

    async def rows(self, session: Session, within: ReadBudget | None = None, **given: Any) -> Sequence[Any]:
        """Returns the statement's rows as tuples; with a budget, they may have one more column at the end.

        Args:
            within: the budget for the rows' size; None for no limit.
            given: a value for each parameter.

        Raises:
            DBAPIError: as SQLAlchemy raises it; the connection is invalidated, since its state is unknown.
            AnswerTooLarge: the rows exceed the budget.
        """
        if within is None or not self._large:
            return await self._rows(session, self._plain(session), given)
        async with weighing(session, self._large, within):
            if session.dialect.name == "sqlite":
                return await self._rows(session, self._plain(session), given, within)
            rows = await self._rows(session, self._compile_weighed(session), given | {"bytes_left": within.left})
            take_weight(rows, within)
            return rows

    def fits(self, dialect: Dialect) -> bool:
        """Returns whether the statement's text is the same for all of its parameters, as a driver needs it."""
        return not self._statement.compile(dialect=dialect).post_compile_params

    def _plain(self, session: Session) -> Compiled:
        """Returns the compiled statement."""
        return self._compile(session.dialect, False, lambda: self._statement)

    def _compile_weighed(self, session: Session) -> Compiled:
        """Returns the compiled statement that stops at the first row beyond a budget."""
        return self._compile(session.dialect, True, lambda: stop_at_budget(self._statement))

    def _compile(self, dialect: Dialect, weighs: bool, make: Callable[[], Select[Any]]) -> Compiled:
        compiled = self._compiled.get((dialect.name, weighs))
        if compiled is None:
            compiled = self._compiled[dialect.name, weighs] = Compiled.of(make(), dialect)
        return compiled

    async def _rows(
        self, session: Session, compiled: Compiled, given: dict[str, Any], within: ReadBudget | None = None
    ) -> Sequence[Any]:
        try:
            found = await self._fetch(session, compiled.sql, compiled.arguments(given), within)
        except AnswerTooLarge:
            raise
        except Exception as error:
            await session.invalidate()
            raise exc.DBAPIError(None, None, error) from error
        return compiled.convert(found)

    async def _fetch(
        self, session: Session, sql: str, arguments: list[Any], within: ReadBudget | None
    ) -> Sequence[Any]:
        """Executes a statement with the driver directly and returns its rows.

        On SQLite a short statement runs in the event loop, since a switch of threads takes longer; after one that was
        not short, the next ones run in the connection's thread for a while.

        Args:
            within: the budget that SQLite's rows are taken from while they are read.
        """
        known = session.sync_connection
        if known is not None:  # listeners for statements are notified as by SQLAlchemy
            known.dispatch.before_cursor_execute(known, None, sql, arguments, None, False)
        driver = await driver_of(session)
        if session.dialect.name == "postgresql":
            rows: Sequence[Any] = await driver.fetch(sql, *arguments)
            return rows
        statement, taken = Statement(sql, arguments), within.taken if within else 0
        answer: Answer | None = None
        if time.monotonic() >= self._threaded_until:
            answer = driver.run_at_once(statement)
            self._pause = PAUSE_SECONDS if answer else min(2 * self._pause, PAUSE_MAX_SECONDS)
            if answer is None:
                self._threaded_until = time.monotonic() + self._pause
        if answer is None:
            if within is not None:
                within.taken = taken
            answer = await driver.run(statement)
        return answer.rows
