"""The state of one attempt at a run: its parameters, its hold and its stop reason."""

from __future__ import annotations

import asyncio
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
from tunix_rt.domain.jobs.queue import Hold, HoldState, heartbeat, held
from tunix_rt.domain.runs.config import RunConfig, config_of, folder_name
from tunix_rt.domain.runs.files import STDERR_FILE, folder_of
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import ErrorCode, RequestTimeout, Unavailable
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.supervision.outcome import AttemptOutcome, StopReason
from tunix_rt.settings import Settings


class AttemptState:
    """One attempt: the run, the hold on it, and why its trainer has to stop.

    Args:
        row: the run's row at the start of the attempt.
    """

    def __init__(self, database: Database, settings: Settings, hold: Hold, row: Row[Any]) -> None:
        self.database = database
        self.settings = settings
        self.hold = hold
        self.row = row
        self.config: RunConfig = config_of(row.config)
        self.folder: Path = folder_of(settings.data_dir.absolute(), folder_name(row.id, row.output_name))
        self.redaction = PathRedaction(settings, self.folder)
        self.storage = open_storage(settings) if settings.storage_url else None
        """Where the run's files are stored; None if the run's folder is their only place."""
        self.state = HoldState.HELD
        self.stop_reason: StopReason | None = None
        """The reason of the first stop request, if any."""
        self.changed = asyncio.Event()
        """Set when ``state`` or ``stop_reason`` has changed."""

    @property
    def timeout(self) -> float:
        """The time limit in seconds."""
        longest = self.settings.run_timeout_seconds
        return min(self.config.timeout_seconds or longest, longest)

    async def is_held(self) -> bool:
        """Renews the lease; returns whether the run is still held, True if the database is unreachable."""
        lease = lease_of(self.settings)
        try:
            async with self.database.write() as session:
                at = await instant(session)
                return await heartbeat(session, tunix_runs, self.hold, at, lease) is not HoldState.LOST
        except (Unavailable, RequestTimeout):
            return True

    def request_stop(self, stop_reason: StopReason) -> None:
        """Requests that the trainer stops; the first reason counts."""
        self.stop_reason = self.stop_reason or stop_reason
        self.changed.set()

    def log_warnings(self, notes: Sequence[str]) -> None:
        """Appends warnings to the run's log.

        Raises:
            OSError: the log cannot be written.
        """
        if notes:
            with (self.folder / STDERR_FILE).open("a", encoding="utf-8") as file:
                file.writelines(f"warning: {note}\n" for note in notes)

    def outcome(
        self, status: JobStatus | None, message: str, error: ErrorCode | None = None, exit_code: int | None = None
    ) -> AttemptOutcome:
        """Returns the attempt's outcome, as of now."""
        return AttemptOutcome(
            owner=self.hold.owner,
            attempt=self.hold.attempt,
            ended_at=now(),
            status=status,
            message=self.redaction.message(message),
            exit_code=exit_code,
            error=error,
        )

    def set_state(self, state: HoldState) -> None:
        """Sets the state of the hold; a user's cancellation requests a stop."""
        if state is HoldState.CANCELLING:
            self.request_stop(StopReason.CANCEL)
        if state is not self.state:
            self.state = state
            self.changed.set()


async def held_row(database: Database, hold: Hold) -> Row[Any] | None:
    """Returns the run's row, if it is held.

    Raises:
        Unavailable: the database is unreachable.
    """
    async with database.read() as session:
        return (await session.execute(select(tunix_runs).where(held(tunix_runs, hold)))).one_or_none()
