"""What the commands of runs share: the database, and the run that an argument names."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.cli.database import migrate_if_new
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import NotFound
from tunix_rt.settings import Settings, settings_from


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, migrated if it is new."""
    database = Database(settings)
    try:
        await migrate_if_new(database, settings)
        yield database
    finally:
        await database.close()


def with_database(doing: Callable[[Database, Settings], Awaitable[None]]) -> None:
    """Does something with the database that the settings name."""

    async def do() -> None:
        settings = settings_from()
        async with opened(settings) as database:
            await doing(database, settings)

    asyncio.run(do())


async def run_named(session: Session, name: str) -> Row[Any]:
    """The run of a UUID, or of an output name.

    Raises:
        NotFound: if there is none.
    """
    try:
        condition = tunix_runs.c.id == uuid.UUID(name)
    except ValueError:
        condition = tunix_runs.c.output_name == name
    row = (await session.execute(select(tunix_runs).where(condition))).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {name}.")
    return row
