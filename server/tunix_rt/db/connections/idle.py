"""Idle connections of a PostgreSQL pool: they are pinged before use, and closed if fewer are enough again.

SQLAlchemy closes a connection beyond the pool's size as soon as it is returned. With more clients than that, nearly
every request opened one, which took longer than the request itself.
"""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakSet

from sqlalchemy import event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

PING_AFTER_IDLE_SECONDS = 5.0
CLOSE_AFTER_IDLE_SECONDS = 60.0
LOOK_SECONDS = 1.0
"""Minimum seconds between two looks for idle connections, which are made when a connection is returned."""


class IdleConnections:
    """Follows the connections of a pool, which has to give away the most recently used one.

    Args:
        kept: the number of connections that stay open however long they are idle.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._entries: WeakSet[ConnectionPoolEntry] = WeakSet()
        self._next_look = 0.0

    def follow(self, engine: AsyncEngine) -> None:
        """Starts to follow the connections of an engine."""
        event.listen(engine.sync_engine, "connect", self._record_open)
        event.listen(engine.sync_engine, "checkin", self._record_return)
        event.listen(engine.sync_engine, "checkout", ping_when_idle)

    def _record_open(self, _: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        self._entries.add(entry)

    def _record_return(self, _: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        """Records the time at which a connection was last known to be alive, and closes others that are idle."""
        now = entry.info["alive_at"] = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._close_idle(now)

    def _close_idle(self, now: float) -> None:
        """Closes the connections that have been idle for a minute, down to the number to keep.

        The driver closes its connection at once, without waiting for the server: nothing can take it in the meantime.
        """
        connected = [entry for entry in self._entries if entry.dbapi_connection is not None]
        idle = [
            entry for entry in connected if not entry.in_use and idle_seconds(entry, now) > CLOSE_AFTER_IDLE_SECONDS
        ]
        for entry in idle[: max(0, len(connected) - self._kept)]:
            driver: Any = entry.driver_connection
            driver.terminate()
            entry.close()


def ping_when_idle(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: Any) -> None:
    """Pings a connection that has been idle for a while, so that no request fails after a restart of PostgreSQL.

    A ping at every checkout would cost each request a round trip.
    """
    if idle_seconds(entry, time.monotonic()) < PING_AFTER_IDLE_SECONDS:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
    except Exception as error:
        raise exc.DisconnectionError from error


def idle_seconds(entry: ConnectionPoolEntry, now: float) -> float:
    """Returns the time since a connection was last returned; 0 if it never was."""
    return now - float(entry.info.get("alive_at", now))
