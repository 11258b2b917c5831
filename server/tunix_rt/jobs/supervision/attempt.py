"""The state of one attempt at a run: its parameters, its hold and its stop reason."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Retrying
from tunix_rt.domain.attempts.assignment import AssignedRun
from tunix_rt.domain.attempts.outcomes import AttemptOutcome
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.runs.files import STDERR_FILE, folder_of
from tunix_rt.errors import ErrorCode, RequestTimeout, Unavailable
from tunix_rt.jobs.ledgers.base import AttemptLedger
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.supervision.outcome import StopReason
from tunix_rt.settings import Settings

PROCESS = f"{socket.gethostname()}:{os.getpid()}"
"""The supervisor's process, as people find it."""


class AttemptState:
    """One attempt: the run, the hold on it, and why its trainer has to stop.

    Args:
        ledger: the ledger that holds the run.
        run: the run at the start of the attempt.
    """

    def __init__(self, ledger: AttemptLedger, settings: Settings, run: AssignedRun) -> None:
        self.ledger = ledger
        self.settings = settings
        self.run = run
        self.hold = run.hold
        self.config = run.config
        self.folder: Path = folder_of(settings.data_dir.absolute(), run.name)
        self.redaction = PathRedaction(settings, self.folder)
        self.state = HoldState.HELD
        self.stop_reason: StopReason | None = None
        """The reason of the first stop request, if any."""
        self.changed = asyncio.Event()
        """Set when ``state`` or ``stop_reason`` has changed."""

    @property
    def retrying(self) -> Retrying:
        """Repeats a call while the ledger is unreachable."""
        return Retrying(self.ledger.retry_seconds)

    async def is_held(self) -> bool:
        """Renews the lease; returns whether the run is still held, True if the ledger is unreachable."""
        try:
            return await self.ledger.renew(PROCESS) is not HoldState.LOST
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
