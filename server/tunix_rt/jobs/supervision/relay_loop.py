"""The relay loop: copies the trainer's files to the ledger while an attempt runs, and reads cancellations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.errors import RequestTimeout, Unavailable
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.jobs.supervision.folder import known_processes
from tunix_rt.jobs.supervision.outcome import StopReason
from tunix_rt.jobs.supervision.relay import Relay

logger = logging.getLogger("tunix_rt")

RETRY_SECONDS = 1.0


class RelayLoop:
    """Relays the files of one attempt.

    Args:
        identity: the identity of the run's folder.
    """

    def __init__(self, attempt: AttemptState, identity: str) -> None:
        self._attempt = attempt
        run, redact = attempt.run, attempt.redaction.line
        self._relay = Relay(
            attempt.ledger, run.attempt, attempt.folder, identity, run.read_to, run.lease_seconds, redact
        )
        self._finished = False
        self._error: Exception | None = None

    async def relay_earlier(self) -> None:
        """Relays what an earlier attempt has left in the files, before this one writes to them.

        Raises:
            Unavailable, RequestTimeout: the ledger is unreachable.
        """
        earlier = known_processes(self._attempt.folder)
        self._relay.lines_of = self._attempt.hold.attempt if earlier is None else earlier.attempt
        await self.drain()
        self._relay.lines_of = self._attempt.hold.attempt

    async def drain(self) -> None:
        """Relays the rest of files that are no longer written; returns early if the hold is lost.

        Raises:
            Unavailable, RequestTimeout: the ledger is unreachable.
        """
        while await self._relay.pass_on(last=True):
            pass

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the loop inside the block, and raises its error at the end, if any."""
        self._finished = False
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._finished = True
            await task
        if self._error is not None:
            raise self._error

    async def _run(self) -> None:
        """Relays until the block ends or the hold is lost. Files buffer what the ledger cannot take now."""
        loop, attempt = asyncio.get_running_loop(), self._attempt
        poll_at = loop.time()
        while not self._finished and attempt.state is not HoldState.LOST:
            pause = attempt.ledger.relay_seconds
            try:
                if loop.time() >= poll_at:
                    attempt.set_state(await attempt.ledger.state())
                    poll_at = loop.time() + attempt.ledger.poll_seconds
                relayed = await self._relay.pass_on()
                if relayed is None:
                    attempt.set_state(HoldState.LOST)
                elif relayed:
                    pause = 0.0
            except (Unavailable, RequestTimeout):
                pause = RETRY_SECONDS
            except Exception as error:
                logger.exception("run %s: its output cannot be relayed", attempt.hold.id)
                self._error = error
                attempt.request_stop(StopReason.STOP)
                return
            await asyncio.sleep(pause)
