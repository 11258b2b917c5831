"""An attempt at a run: what it is to do, who wants it to stop, and its relay to the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.runs.config import RunConfig, config_of, folder_name
from tunix_rt.domain.runs.files import STDERR_FILE, folder_of
from tunix_rt.errors import ErrorCode, RequestTimeout, Unavailable
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.queue import Hold, HoldState, heartbeat, held
from tunix_rt.jobs.supervision.folder import known_processes
from tunix_rt.jobs.supervision.outcome import AttemptOutcome, StopReason
from tunix_rt.jobs.supervision.relay import Relay
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")

RELAY_SECONDS = 0.2
LOOKS_SECONDS = 0.5
"""Between two looks whether a user wants the run to end."""

RETRY_SECONDS = 1.0


class Attempt:
    """One attempt.

    Args:
        row: the run as it was when the attempt began.
    """

    def __init__(self, database: Database, settings: Settings, hold: Hold, row: Row[Any]) -> None:
        self.database = database
        self.settings = settings
        self.hold = hold
        self.row = row
        self.config: RunConfig = config_of(row.config)
        self.folder: Path = folder_of(settings.data_dir.absolute(), folder_name(row.id, row.output_name))
        self.redaction = PathRedaction(settings, self.folder)
        self.state = HoldState.HELD
        self.stop_reason: StopReason | None = None
        """Why the trainer is to stop."""
        self.changed = asyncio.Event()
        """Set when the standing or the order has changed."""
        self.ended = False
        self.error: Exception | None = None
        """What kept the relay from going on, other than a database that is away."""
        self._relay: Relay | None = None

    @property
    def timeout(self) -> float:
        """How many seconds it may train."""
        longest = self.settings.run_timeout_seconds
        return min(self.config.timeout_seconds or longest, longest)

    @property
    def relay(self) -> Relay:
        """What passes the files on, once it has begun."""
        if self._relay is None:
            raise RuntimeError("the attempt has not begun")
        return self._relay

    async def begin(self, identity: str) -> None:
        """Finds out how far the folder's files were passed on.

        Raises:
            Unavailable: the database is away.
        """
        lease = lease_of(self.settings)
        relay = Relay(self.database, self.hold, self.folder, identity, lease, self.redaction.line)
        await relay.begin()
        self._relay = relay

    async def is_held(self) -> bool:
        """Whether the run is still held so, as far as is known; says that the attempt lives."""
        lease = lease_of(self.settings)
        try:
            async with self.database.write() as session:
                at = await instant(session)
                return await heartbeat(session, tunix_runs, self.hold, at, lease) is not HoldState.LOST
        except (Unavailable, RequestTimeout):
            return True

    def command(self, stop_reason: StopReason) -> None:
        """Makes the trainer stop; the first order is the one that counts."""
        self.stop_reason = self.stop_reason or stop_reason
        self.changed.set()

    def tell(self, notes: Sequence[str]) -> None:
        """Says something to whoever reads the run's log.

        Raises:
            OSError: the log cannot be written.
        """
        if notes:
            with (self.folder / STDERR_FILE).open("a", encoding="utf-8") as file:
                file.writelines(f"warning: {note}\n" for note in notes)

    def outcome(
        self, status: JobStatus | None, message: str, error: ErrorCode | None = None, exit_code: int | None = None
    ) -> AttemptOutcome:
        """How the attempt has ended, now."""
        return AttemptOutcome(
            owner=self.hold.owner,
            attempt=self.hold.attempt,
            ended_at=now(),
            status=status,
            message=self.redaction.message(message),
            exit_code=exit_code,
            error=error,
        )

    async def pass_on_earlier(self) -> None:
        """Passes on what an earlier attempt has left in the files, before this one writes to them.

        Raises:
            Unavailable, RequestTimeout: the database is away.
        """
        before = known_processes(self.folder)
        self.relay.attempt = self.hold.attempt if before is None else before.attempt
        await self.drain()
        self.relay.attempt = self.hold.attempt

    async def drain(self) -> None:
        """Passes on all that is left in files that nobody writes to; the hold may be lost meanwhile.

        Raises:
            Unavailable, RequestTimeout: the database is away.
        """
        while await self.relay.pass_on(last=True):
            pass

    async def relay_until_ended(self) -> None:
        """Passes on what is written, and hears what the ledger wants, until the attempt has ended or lost its hold.

        What the database cannot take now waits in the files.
        """
        loop = asyncio.get_running_loop()
        look_at = loop.time()
        while not self.ended and self.state is not HoldState.LOST:
            pause = RELAY_SECONDS
            try:
                if loop.time() >= look_at:
                    await self._look()
                    look_at = loop.time() + LOOKS_SECONDS
                passed = await self.relay.pass_on()
                if passed is None:
                    self._stands(HoldState.LOST)
                elif passed:
                    pause = 0.0
            except (Unavailable, RequestTimeout):
                pause = RETRY_SECONDS
            except Exception as error:
                logger.exception("run %s: what it says cannot be passed on", self.hold.id)
                self.error = error
                self.command(StopReason.STOP)
                return
            await asyncio.sleep(pause)

    async def _look(self) -> None:
        query = select(tunix_runs.c.cancel_requested).where(held(tunix_runs, self.hold))
        async with self.database.read() as session:
            wanted = (await session.execute(query)).scalar()
        self._stands(HoldState.LOST if wanted is None else HoldState.CANCELLING if wanted else HoldState.HELD)

    def _stands(self, state: HoldState) -> None:
        if state is HoldState.CANCELLING:
            self.command(StopReason.CANCEL)
        if state is not self.state:
            self.state = state
            self.changed.set()


async def held_row(database: Database, hold: Hold) -> Row[Any] | None:
    """The run, if it is held so.

    Raises:
        Unavailable: the database is away.
    """
    async with database.read() as session:
        return (await session.execute(select(tunix_runs).where(held(tunix_runs, hold)))).one_or_none()
