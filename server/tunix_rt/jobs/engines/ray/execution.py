"""A job on a Ray cluster, as the worker that has submitted it watches it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from tunix_rt.errors import TunixRtError
from tunix_rt.jobs.engines.ray.client import RayClient, RayRefused

logger = logging.getLogger("tunix_rt")

POLL_SECONDS = 2.0
OVER = 0
"""The exit status of an attempt that is over: its outcome is recorded, or another one has taken its place."""

REFUSED = 1


class RayExecution:
    """A job that is submitted, or will be as soon as the cluster can be reached.

    Ray's word counts only for a command that has exited with a known status. Whether any other attempt is alive is
    decided by its lease.

    Args:
        submission: the request that submits the job.
        submitted: whether the cluster has accepted it already.
        is_held: returns whether the attempt still holds its run.
        on_exit: is called once the exit status is known.
    """

    def __init__(
        self,
        client: RayClient,
        submission: dict[str, Any],
        is_held: Callable[[], Awaitable[bool]],
        on_exit: Callable[[], None],
        *,
        submitted: bool,
    ) -> None:
        self._client = client
        self._submission = submission
        self._is_held = is_held
        self._submitted = submitted
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
            if not self._submitted:
                await self._client.submit(self._submission)
                self._submitted = True
            job = await self._client.find(self._submission["submission_id"])
            if job is not None and job.has_ended and job.driver_exit_code is not None:
                return job.driver_exit_code
            return None if await self._is_held() else OVER
        except RayRefused as error:
            logger.warning("%s: %s", self._submission["submission_id"], error.message)
            return REFUSED
        except TunixRtError:  # the cluster or the database cannot be reached now
            return None
