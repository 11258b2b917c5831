"""The limit on the jobs of one client that are pending or running."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, and_, func, select, union_all

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import UNFINISHED
from tunix_rt.db.models.runs import EXTERNAL
from tunix_rt.db.session import Session, lock_until_end
from tunix_rt.domain.jobs.counts import LEDGERS
from tunix_rt.domain.keys.acting import actor
from tunix_rt.errors import RateLimited


async def limit_jobs(session: Session, author: str | None) -> None:
    """Checks that a client has not too many jobs, after one of its jobs was set to pending in this transaction.

    Args:
        author: the client's name; None for jobs that are not limited.

    Raises:
        RateLimited: it has.
    """
    maximum = actor.get().jobs_max
    if author is None or not maximum:
        return
    await lock_until_end(session, f"jobs of {author}")
    if await unfinished_count(session, author) > maximum:
        raise RateLimited(
            f"A client may have at most {maximum:,} jobs that are pending or running, and {author} has that many; "
            "cancel one, or wait until one has finished."
        )


async def unfinished_count(session: Session, author: str) -> int:
    """Returns the number of pending and running jobs of a client, external runs excluded: they use no worker."""
    found = await session.scalars(union_all(*(count_query(table, author) for table in LEDGERS)))
    return sum(found)


def count_query(table: Table, author: str) -> Select[Any]:
    """Returns the query of ``unfinished_count`` for one table."""
    mine = and_(table.c.status.in_([status.value for status in UNFINISHED]), table.c.created_by == author)
    if table is tunix_runs:
        mine = and_(mine, tunix_runs.c.engine != EXTERNAL)
    return select(func.count()).select_from(table).where(mine)
