"""The database's clock, which sets and checks leases, since the clocks of workers may differ."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from tunix_rt.db.identity import now
from tunix_rt.db.session import Session


async def instant(session: Session) -> datetime:
    """Returns the current time of the database; on SQLite, of this machine.

    Raises:
        Unavailable: the database cannot be reached.
    """
    if session.dialect.name == "sqlite":
        return now()
    found: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return found
