"""The registration of a worker: a row that it renews with a heartbeat, and removes when it stops."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Iterable, Sequence

from tunix_rt import __version__
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import new_id
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database, request_limit
from tunix_rt.domain.jobs.workers import WorkerProcess, delete_worker, renew_worker
from tunix_rt.errors import TunixRtError

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
"""Interval of the heartbeats: rare enough for SQLite, and several fit into the time in which a worker is alive."""

REMOVE_SECONDS = 3.0
"""Time limit of the removal, after which the row is left to expire."""


class WorkerRegistration:
    """The row by which a worker shows that it is alive.

    Args:
        kinds: the kinds of job that the worker takes.
        labels: the labels that it has.
    """

    def __init__(self, database: Database, kinds: Iterable[JobKindName], labels: Sequence[str] = ()) -> None:
        names = ",".join(sorted({kind.value for kind in kinds}))
        self.worker = WorkerProcess(new_id(), socket.gethostname(), os.getpid(), __version__, names, tuple(labels))
        self._database = database
        self._due = 0.0
        self._is_written = False
        self._is_failing = False

    async def renew(self) -> None:
        """Records a heartbeat if one is due. The first of successive failures is logged; the next step tries again."""
        if time.monotonic() < self._due:
            return
        self._is_written = True
        try:
            async with self._database.write() as session:
                await renew_worker(session, self.worker, await instant(session))
        except TunixRtError as error:
            if not self._is_failing:
                logger.warning("worker: its heartbeat could not be recorded: %s", error.message)
            self._is_failing = True
        else:
            self._is_failing = False
        self._due = time.monotonic() + BEAT_SECONDS

    async def remove(self) -> None:
        """Removes the row; if the database does not answer, the row is left to expire."""
        if not self._is_written:
            return
        self._is_written = False
        try:
            async with asyncio.timeout(REMOVE_SECONDS) as limit:
                token = request_limit.set(limit)  # a wait for a lock ends before, so that no connection is left in it
                try:
                    await self._delete()
                finally:
                    request_limit.reset(token)
        except (TunixRtError, TimeoutError) as error:
            logger.warning("worker: its registration could not be removed and expires: %s", error)
        except Exception:  # such as of a database that was migrated down: the worker has to stop in any case
            logger.exception("worker: its registration could not be removed and expires")

    async def _delete(self) -> None:
        async with self._database.write() as session:
            await delete_worker(session, self.worker.id)
