"""What the commands of runs share: the database, and the run that an argument names."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.cli.database import existing_database
from tunix_rt.cli.options import command_settings
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import NotFound
from tunix_rt.settings import Settings


def with_database(doing: Callable[[Database, Settings], Awaitable[None]]) -> None:
    """Does something with the database that the settings name."""

    async def do() -> None:
        settings = command_settings()
        async with existing_database(settings) as database:
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
