"""Database access of the run commands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tunix_rt.cli.database import existing_database
from tunix_rt.cli.options import command_settings
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings


def with_database(command: Callable[[Database, Settings], Awaitable[None]]) -> None:
    """Opens the database of the settings, and runs a coroutine with it."""

    async def do() -> None:
        settings = command_settings()
        async with existing_database(settings) as database:
            await command(database, settings)

    asyncio.run(do())
