"""A job on a cluster, as the worker that has submitted it watches it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tunix_rt.errors import SettingsError, TunixRtError
from tunix_rt.jobs.engines.clusters.base import Cluster, ClusterRefused
from tunix_rt.jobs.engines.clusters.submission import Submission

logger = logging.getLogger("tunix_rt")

POLL_SECONDS = 2.0
OVER = 0
"""The exit status of an attempt that is over: its outcome is recorded, or another one has taken its place."""

REFUSED = 1


class ClusterExecution:
    """A job that is submitted, or will be as soon as the cluster can be reached.

    The cluster's word counts only for a process that has exited with a known status. Whether any other attempt is alive
    is decided by its lease.

    Args:
        submitted: whether the cluster has accepted it.
        is_held: returns whether the attempt still holds its run.
        on_exit: is called once the exit status is known.
    """

    def __init__(
        self,
        cluster: Cluster,
        submission: Submission,
        is_held: Callable[[], Awaitable[bool]],
        on_exit: Callable[[], None],
        *,
        submitted: bool,
    ) -> None:
        self._cluster = cluster
        self._submission = submission
        self._is_held = is_held
        self.submitted = submitted
        self.failure: str | None = None
        self._status: int | None = None
        self._task = asyncio.create_task(self._watch(on_exit))

    def exit_status(self) -> int | None:
        """See ``Execution.exit_status``."""
        return self._status

    async def detach(self) -> None:
        """See ``Execution.detach``."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self, on_exit: Callable[[], None]) -> None:
        while self._status is None:
            await asyncio.sleep(POLL_SECONDS)
            self._status = await self._look()
        on_exit()

    async def _look(self) -> int | None:
        """Returns the exit status of the attempt; None while it may be alive."""
        try:
            if not await self._is_held():
                return OVER
            if not self.submitted:
                await self._cluster.submit(self._submission, again=True)
                self.submitted = True
        except (ClusterRefused, SettingsError) as error:
            self.failure = f"Its process could not be started: {error.message.rstrip('.')}"
            logger.warning("%s: %s", self._submission.name, error.message)
            return REFUSED
        except TunixRtError:  # the cluster or the database cannot be reached now
            return None
        return await self._reported_status()

    async def _reported_status(self) -> int | None:
        """Returns the exit status that the cluster reports; None for none, and if it cannot be asked."""
        try:
            job = await self._cluster.find(self._submission.hold)
        except TunixRtError:  # also a token that is refused from now on: the attempt itself does without the cluster
            return None
        return None if job is None else job.exit_status
