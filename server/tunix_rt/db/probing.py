"""Health checks of the database that end within a time limit, even if the database hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text

from tunix_rt.db.models import METADATA
from tunix_rt.db.session import Session, request_limit
from tunix_rt.errors import Unavailable

T = TypeVar("T")

abandoned: set[asyncio.Task[None]] = set()
"""Probes that timed out and still run: a database that hangs may take long to release one."""


async def probe(ask: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Returns the result of ``ask``.

    Raises:
        Unavailable: ``ask`` took longer than ``seconds``; it is cancelled, without waiting for its end.
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
    """Sets ``answer`` to the result of ``ask``, whose waits for locks end within ``seconds``."""
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


UNWRITABLE_TABLE = text(
    "SELECT min(name) FROM unnest(CAST(:names AS text[])) AS name "
    "WHERE NOT has_table_privilege(to_regclass(quote_ident(name)), 'INSERT')"
)


async def require_writable_database(session: Session) -> None:
    """Checks that a session can write to PostgreSQL.

    It allocates a transaction id, which a standby refuses, and looks at the role's privileges. SQLite needs no check,
    since its write sessions begin with the write lock.

    Raises:
        Unavailable: the database is read-only, or the role may not write a table.
    """
    if session.dialect.name != "postgresql":
        return
    await session.execute(text("SELECT pg_current_xact_id()"))
    table = (await session.execute(UNWRITABLE_TABLE, {"names": list(METADATA.tables)})).scalar()
    if table is not None:
        raise Unavailable(
            f"The role of the database's URL may not write the table {table}: grant it the privileges on all tables "
            "and sequences, or use the role that owns them."
        )
