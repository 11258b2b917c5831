"""Waiting for a run on a terminal: what it says, and who does it."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress

import click
from sqlalchemy import func, select

from tunix_rt.cli.options import command_line
from tunix_rt.cli.run.logs import follow
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import RequestTimeout, Unavailable
from tunix_rt.jobs.worker import POLL_SECONDS

TAKEN_SECONDS = 2 * POLL_SECONDS
"""By when a worker that has a free slot has taken what waits."""


async def follow_and_tell(database: Database, run_id: uuid.UUID) -> None:
    """Prints what a run says until it has ended, and says at once if nobody is there to do it."""
    telling = asyncio.create_task(tell_who_does_it(database, run_id))
    try:
        await follow(database, run_id, 0)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


async def tell_who_does_it(database: Database, run_id: uuid.UUID) -> None:
    """Says why a run has not begun, if it should have by now."""
    await asyncio.sleep(TAKEN_SECONDS)
    with suppress(Unavailable, RequestTimeout):
        async with database.read() as session:
            reason = await why_it_waits(session, run_id)
        if reason is not None:
            click.echo(f"tunix-rt: {reason}", err=True)


async def why_it_waits(session: Session, run_id: uuid.UUID) -> str | None:
    """Why a run waits; None if it does not."""
    status = (await session.execute(select(tunix_runs.c.status).where(tunix_runs.c.id == run_id))).scalar()
    if status != JobStatus.PENDING.value:
        return None
    live = (tunix_runs.c.status == JobStatus.RUNNING.value) & (tunix_runs.c.lease_expires_at > now())
    busy = select(func.count()).where(live, tunix_runs.c.mode == RunMode.LOCAL.value)
    if running := (await session.execute(busy)).scalar_one():
        return f"The run waits for its turn; runs under way: {running}."
    return (
        "No worker has taken the run, and none is seen to work. "
        f"Start one: {command_line('serve')}, or {command_line('worker')}. The run waits for it."
    )
