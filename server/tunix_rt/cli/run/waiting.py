"""Following a run on a terminal."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress

import click

from tunix_rt.cli.options import command_line
from tunix_rt.cli.run.logs import follow
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.ledger import status_of
from tunix_rt.domain.runs.lookup import count_training_runs
from tunix_rt.errors import NotFound, RequestTimeout, Unavailable
from tunix_rt.jobs.worker import POLL_SECONDS

PICKUP_SECONDS = 2 * POLL_SECONDS
"""Time within which a worker with a free slot takes a queued run."""


async def follow_run(database: Database, run_id: uuid.UUID) -> None:
    """Prints a run's log until the run ends, and a hint if no worker takes the run."""
    hint = asyncio.create_task(report_pending(database, run_id))
    try:
        await follow(database, run_id, 0)
    finally:
        hint.cancel()
        with suppress(asyncio.CancelledError):
            await hint


async def report_pending(database: Database, run_id: uuid.UUID) -> None:
    """Prints the reason why a run is still pending after ``PICKUP_SECONDS``."""
    await asyncio.sleep(PICKUP_SECONDS)
    with suppress(NotFound, Unavailable, RequestTimeout):
        async with database.read() as session:
            reason = await pending_reason(session, run_id)
        if reason is not None:
            click.echo(f"tunix-rt: {reason}", err=True)


async def pending_reason(session: Session, run_id: uuid.UUID) -> str | None:
    """Returns the reason why a run is PENDING; None if it is not."""
    if await status_of(session, tunix_runs, run_id) is not JobStatus.PENDING:
        return None
    if running := await count_training_runs(session, now()):
        return f"The run is queued; runs in progress: {running}."
    return (
        "No worker has taken the run, and none seems to be running. "
        f"Start one: {command_line('serve')}, or {command_line('worker')}. The run stays queued until then."
    )
