"""Stopping processes of jobs until they are continued: at their start, or where nobody waits for what they lock."""

from __future__ import annotations

import os
import signal
import uuid

from sqlalchemy import Table, update

from tests.support.waiting import until
from tunix_rt.db.session import Database
from tunix_rt.errors import Unavailable


async def stop(database: Database, table: Table, job_id: uuid.UUID, process: int) -> None:
    """Stops the process of a job outside its transactions.

    In one of them it would keep the lock of SQLite, or that of its job, and nobody else could write.
    """
    same = update(table).where(table.c.id == job_id).values(attempt=table.c.attempt)

    async def is_stopped() -> bool:
        os.kill(process, signal.SIGSTOP)
        try:
            async with database.write() as session:
                await session.execute(same)
        except Unavailable:
            os.kill(process, signal.SIGCONT)
            raise
        return True

    await until(is_stopped, "the process is always in a transaction")
