"""Asking whether the database can be used, with an answer in time whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text

from tunix_rt.db.session import Session, request_limit
from tunix_rt.errors import Unavailable

T = TypeVar("T")

abandoned: set[asyncio.Task[None]] = set()
"""Probes that were given up and are not over: a database that hangs may take long to let go of one."""


async def probe(ask: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Returns what ``ask`` gives.

    Raises:
        Unavailable: it took longer; what it does meanwhile is cancelled, and not waited for.
    """
    answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(settle_answer(ask, seconds, answer))
    abandoned.add(task)
    task.add_done_callback(abandoned.discard)
    try:
        return await asyncio.wait_for(answer, seconds)
    except TimeoutError:
        raise Unavailable(f"The database did not answer within {seconds:g} seconds.") from None
    except asyncio.CancelledError:
        task.cancel()
        raise


async def settle_answer(ask: Callable[[], Awaitable[T]], seconds: float, answer: asyncio.Future[T]) -> None:
    """Settles ``answer`` with what ``ask`` gives; its waits for locks end before the time is up, and it soon after."""
    try:
        async with asyncio.timeout(seconds) as limit:
            request_limit.set(limit)
            result = await ask()
    except Exception as error:
        if not answer.done():
            answer.set_exception(error)
    else:
        if not answer.done():
            answer.set_result(result)


async def require_writable_database(session: Session) -> None:
    """Makes sure that a write session can write, by taking a transaction id on PostgreSQL, which a standby refuses.

    SQLite needs no more: its write sessions begin with the write lock.

    Raises:
        Unavailable: the database is read-only.
    """
    if session.dialect.name == "postgresql":
        await session.execute(text("SELECT pg_current_xact_id()"))
