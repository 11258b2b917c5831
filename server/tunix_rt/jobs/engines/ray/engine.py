"""The Ray engine: starts attempts as jobs of a cluster, and finds out what remains of those that have fallen silent."""

from __future__ import annotations

import contextlib
import errno
import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.tokens import AttemptOver, issue_attempt_token
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.domain.runs.config import config_of
from tunix_rt.errors import SettingsError, TunixRtError, Unavailable
from tunix_rt.jobs.engines.base import Execution, Leftovers
from tunix_rt.jobs.engines.ray.client import RayClient, RayRefused
from tunix_rt.jobs.engines.ray.execution import RayExecution
from tunix_rt.jobs.engines.ray.submission import submission_id, submission_of
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")


class RayEngine:
    """Trains on a Ray cluster. The process of an attempt speaks to the server; the cluster is asked only about silence.

    Args:
        client: the cluster.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self, database: Database, settings: Settings, client: RayClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._settings = settings
        self._client = client
        self._clock = clock
        self._silences: dict[uuid.UUID, tuple[datetime, float]] = {}

    async def start(self, hold: Hold, on_exit: Callable[[], None]) -> Execution:
        """See ``Engine.start``. While the cluster cannot be reached, the submission is repeated in the background."""

        async def is_held() -> bool:
            query = select(tunix_runs.c.id).where(hold_condition(tunix_runs, hold))
            async with self._database.read() as session:
                return (await session.execute(query)).scalar() is not None

        try:
            submission = submission_of(self._settings, hold, *await self._grant(hold))
        except (AttemptOver, SettingsError) as error:
            raise not_startable(error) from error
        submitted = True
        try:
            await self._client.submit(submission)
        except RayRefused as error:
            raise not_startable(error) from error
        except Unavailable as error:
            logger.warning("run %s: %s It is submitted as soon as it can be.", hold.id, error.message)
            submitted = False
        return RayExecution(self._client, submission, is_held, on_exit, submitted=submitted)

    async def _grant(self, hold: Hold) -> tuple[Resources, str]:
        """Returns the resources of a run, and a token for the attempt.

        Raises:
            AttemptOver: the attempt does not hold the run.
        """
        async with self._database.write() as session:
            token = await issue_attempt_token(session, tunix_runs, hold)
            config = (await session.execute(select(tunix_runs.c.config).where(tunix_runs.c.id == hold.id))).scalar_one()
        return config_of(config).resources or Resources(), token

    async def inspect(self, database: Database, hold: Hold) -> Leftovers:
        """See ``Engine.inspect``.

        An attempt that the cluster has not started yet is alive unless it is to be cancelled: Ray cannot stop such a
        job, but its token is refused once it starts. One that the cluster calls running gets time to reach the server
        again. While the cluster cannot be reached, no other attempt could start there either.
        """
        try:
            job = await self._client.find(submission_id(hold))
        except Unavailable:
            return Leftovers.ALIVE
        row = await lease_of_hold(database, hold)
        if job is None or row is None:
            return Leftovers.NOTHING
        if job.status == "PENDING":
            return Leftovers.NOTHING if row.cancel_requested else Leftovers.ALIVE
        if job.has_ended or self._silence(hold, row.lease_expires_at) >= self._settings.ray_silence_seconds:
            return Leftovers.NOTHING
        return Leftovers.ALIVE

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
            await self._client.stop(submission_id(hold))


async def lease_of_hold(database: Database, hold: Hold) -> Row[Any, Any] | None:
    """Returns ``cancel_requested`` and ``lease_expires_at`` of the attempt's run; None if it is held no more."""
    query = select(tunix_runs.c.cancel_requested, tunix_runs.c.lease_expires_at).where(hold_condition(tunix_runs, hold))
    async with database.read() as session:
        return (await session.execute(query)).one_or_none()


def not_startable(error: TunixRtError) -> OSError:
    """Returns the error of an attempt that cannot be submitted."""
    return OSError(errno.ECONNREFUSED, error.message.rstrip("."))
