"""The database's own plan of a statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from tunix_rt.db.session import Session

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN (COSTS OFF)"}


async def plan_of(session: Session, statement: Select[Any]) -> list[str]:
    """The lines of a statement's plan."""
    dialect = session.dialect
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    rows = await session.exec_driver_sql(f"{EXPLAIN[dialect.name]} {compiled}")
    return [str(row[-1]) for row in rows]
