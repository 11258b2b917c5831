"""The engine of a cluster: starts attempts as its jobs, and finds out what remains of those that have fallen silent."""

from __future__ import annotations

import contextlib
import errno
import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Row, select

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.assignment import assigned_run
from tunix_rt.domain.attempts.tokens import AttemptOver, issue_attempt_token
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import SettingsError, TunixRtError, Unavailable
from tunix_rt.jobs.engines.base import Execution, Leftovers
from tunix_rt.jobs.engines.clusters.base import Cluster, ClusterRefused, JobState
from tunix_rt.jobs.engines.clusters.execution import ClusterExecution
from tunix_rt.jobs.engines.clusters.submission import Submission
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")


class ClusterEngine:
    """Trains on a cluster. The process of an attempt speaks to the server; the cluster is asked only about silence.

    Args:
        silence_seconds: the longest time without a heartbeat of an attempt that the cluster calls running.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        cluster: Cluster,
        silence_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._settings = settings
        self._cluster = cluster
        self._silence_seconds = silence_seconds
        self._clock = clock
        self._silences: dict[uuid.UUID, tuple[datetime, float]] = {}
        self._executions: WeakValueDictionary[Hold, ClusterExecution] = WeakValueDictionary()

    async def start(self, hold: Hold, on_exit: Callable[[], None]) -> Execution:
        """See ``Engine.start``. While the cluster cannot be reached, the submission is repeated in the background."""

        async def is_held() -> bool:
            query = select(tunix_runs.c.id).where(hold_condition(tunix_runs, hold))
            async with self._database.read() as session:
                return (await session.execute(query)).scalar() is not None

        submitted = True
        try:
            submission = await self._submission(hold)
            try:
                await self._cluster.submit(submission, again=False)
            except ClusterRefused:
                raise
            except Unavailable as error:
                logger.warning("run %s: %s It is submitted as soon as it can be.", hold.id, error.message)
                submitted = False
        except (AttemptOver, SettingsError, ClusterRefused) as error:
            raise not_startable(error) from error
        execution = ClusterExecution(self._cluster, submission, is_held, on_exit, submitted=submitted)
        self._executions[hold] = execution
        return execution

    async def _submission(self, hold: Hold) -> Submission:
        """Returns the job of an attempt, with a new token.

        Raises:
            AttemptOver: the attempt does not hold the run.
        """
        async with self._database.write() as session:
            token = await issue_attempt_token(session, tunix_runs, hold)
            run = await assigned_run(session, hold, self._settings)
        if run is None:
            raise AttemptOver("The attempt is over.")
        return Submission(hold, run.config.resources or Resources(), token, run.timeout_seconds)

    async def inspect(self, database: Database, hold: Hold) -> Leftovers:
        """See ``Engine.inspect``.

        An attempt that this process still has to submit, or that the cluster has not started yet, is alive, and one
        that the cluster calls running gets time to reach the server again. While the cluster cannot be reached, no
        other attempt could start there either. An attempt that is to be cancelled is waited for only while the cluster
        calls it running: the token of any other is refused, should it ever start.
        """
        row = await lease_of_hold(database, hold)
        if row is None:
            return Leftovers.NOTHING
        unless_cancelled = Leftovers.NOTHING if row.cancel_requested else Leftovers.ALIVE
        execution = self._executions.get(hold)
        if execution is not None and not execution.submitted:
            return unless_cancelled
        try:
            job = await self._cluster.find(hold)
        except Unavailable:
            return unless_cancelled
        if job is None or job.state is JobState.ENDED:
            return Leftovers.NOTHING
        if job.state is JobState.WAITING:
            return unless_cancelled
        return (
            Leftovers.NOTHING if self._silence(hold, row.lease_expires_at) >= self._silence_seconds else Leftovers.ALIVE
        )

    def _silence(self, hold: Hold, expired_at: datetime) -> float:
        """Returns the seconds since this worker first found that a lease had expired."""
        now = self._clock()
        known = self._silences.get(hold.id)
        if known is None or known[0] != expired_at:
            known = self._silences[hold.id] = (expired_at, now)
        return now - known[1]

    async def stop(self, hold: Hold) -> None:
        """See ``Engine.stop``: what cannot be stopped is refused by the server, by its token."""
        with contextlib.suppress(TunixRtError):
            await self._cluster.stop(hold)

    async def close(self) -> None:
        """See ``Engine.close``."""
        await self._cluster.close()


async def lease_of_hold(database: Database, hold: Hold) -> Row[Any, Any] | None:
    """Returns ``cancel_requested`` and ``lease_expires_at`` of the attempt's run; None if it is held no more."""
    query = select(tunix_runs.c.cancel_requested, tunix_runs.c.lease_expires_at).where(hold_condition(tunix_runs, hold))
    async with database.read() as session:
        return (await session.execute(query)).one_or_none()


def not_startable(error: TunixRtError) -> OSError:
    """Returns the error of an attempt that cannot be submitted."""
    return OSError(errno.ECONNREFUSED, error.message.rstrip("."))
