"""The database's clock, by which leases are given and judged: those of the machines that work may differ."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from tunix_rt.db.identity import now
from tunix_rt.db.session import Session


async def instant(session: Session) -> datetime:
    """What time it is where the database is; SQLite's is this machine's own.

    Raises:
        Unavailable: the database is away.
    """
    if session.dialect.name == "sqlite":
        return now()
    found: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return found
