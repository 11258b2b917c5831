"""Shared by the programs that perform one attempt at a job: their arguments, their exit status, their errors.

Each is started as ``python -m MODULE ID ATTEMPT OWNER``. Exit status 0 means that the ledger has the outcome, any other
that it does not; ``SCHEMA_OUTDATED_STATUS`` and ``GIVEN_UP_STATUS`` give the reason.
"""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from sqlalchemy import Row, Table, select

from tunix_rt.db.migrate import require_current
from tunix_rt.db.session import Database, timeouts_as_unavailable
from tunix_rt.domain.jobs.ledger import noun_of
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.errors import ErrorCode, NotInstalled, RequestTimeout, SchemaOutdated, TunixRtError, Unavailable
from tunix_rt.jobs.holding import AttemptLost, JobFailed
from tunix_rt.logs import set_up_logging
from tunix_rt.settings import Settings, settings_from

logger = logging.getLogger("tunix_rt")

RETRY_SECONDS = 300.0
"""The time limit of retries while the database is unreachable; then the job is left to another attempt."""

STATEMENT_SECONDS = 600.0
"""The statement timeout. It is longer than a request's: a filter without an index may scan all traces."""

NICENESS = 10
"""The niceness of processes that compute: requests take precedence."""

SCHEMA_OUTDATED_STATUS = 78
"""The exit status of a process whose database is at another revision; EX_CONFIG of ``sysexits.h``."""

GIVEN_UP_STATUS = 75
"""The exit status of a process that could not report to its ledger for too long; EX_TEMPFAIL of ``sysexits.h``."""

Perform: TypeAlias = Callable[[Database, Row[Any]], Awaitable[None]]
"""Performs the attempt at the job in a row, and records its outcome."""


def main(arguments: list[str], run: Callable[[Settings, Hold], Awaitable[int]], niceness: int = NICENESS) -> int:
    """Runs the attempt that the arguments name, and returns the exit status.

    Args:
        niceness: by how much to lower this process's priority.
    """
    os.nice(niceness)
    settings = settings_from()
    set_up_logging(settings.log_level)
    job_id, attempt, owner = arguments

    async def run_attempt() -> int:
        return await run(settings, Hold(uuid.UUID(job_id), owner, int(attempt)))

    return asyncio.run(run_attempt())


async def perform_held(database: Database, table: Table, hold: Hold, perform: Perform) -> int:
    """Performs a job unless it is no longer held; closes the database and returns the exit status."""

    async def perform_row() -> int:
        try:
            with timeouts_as_unavailable():
                async with database.read() as session:
                    row = (await session.execute(select(table).where(hold_condition(table, hold)))).one_or_none()
                if row is not None:
                    await perform(database, row)
        except (Unavailable, AttemptLost) as error:
            logger.error("%s %s: %s", noun_of(table), hold.id, error)
            return 1
        return 0

    return await exit_status_on(database, perform_row())


async def exit_status_on(database: Database, attempt: Awaitable[int]) -> int:
    """Returns the exit status of an attempt, and closes its database: ``SCHEMA_OUTDATED_STATUS`` if the attempt fails
    while the database is at another revision.
    """
    try:
        return await attempt
    except Exception:
        if await is_outdated(database):
            return SCHEMA_OUTDATED_STATUS
        raise
    finally:
        await database.close()


async def is_outdated(database: Database) -> bool:
    """Returns whether a database is at another revision than this program needs, as after an update in place."""
    try:
        async with database.read() as session:
            await require_current(session)
    except SchemaOutdated as error:
        logger.error("%s", error.message)
        return True
    except (Unavailable, RequestTimeout):
        return False
    return False


@contextmanager
def converting_errors(disk_error: str | None = None) -> Iterator[None]:
    """Converts errors that another attempt would repeat to ``JobFailed``.

    A database or storage that is unavailable, or answers too late, is not one of them.

    Args:
        disk_error: the message of errors of the file system, without the reason; None if they are not converted.

    Raises:
        Unavailable: another attempt may succeed.
    """
    try:
        with timeouts_as_unavailable():
            yield
    except OSError as error:
        if disk_error is None:
            raise
        raise JobFailed(ErrorCode.UNAVAILABLE, f"{disk_error}: {error.strerror}.") from error
    except TunixRtError as error:
        if isinstance(error, Unavailable) and not isinstance(error, NotInstalled):
            raise
        raise JobFailed(error.code, error.message) from error
