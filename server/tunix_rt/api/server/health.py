"""The health of the server: its database, its disk, its job queue, and RediAI."""

from __future__ import annotations

import asyncio
import enum
import time
from datetime import datetime

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.migrate import require_current
from tunix_rt.db.models.jobs import UNFINISHED, JobStatus
from tunix_rt.db.probing import probe
from tunix_rt.domain.data_folder import disk_space
from tunix_rt.domain.jobs.counts import JobCount, job_counts
from tunix_rt.domain.jobs.workers import count_live_workers
from tunix_rt.errors import TunixRtError, Unavailable
from tunix_rt.integrations.rediai import HealthReading, Reason, RediAIMode

DATABASE_SECONDS = 5.0
"""Maximum response time of the database before it counts as down."""

Info = strawberry.Info[Context, None]


@strawberry.enum(description="Status of a component.")
class HealthStatus(enum.Enum):
    UP = strawberry.enum_value("up", description="The component works.")
    DOWN = strawberry.enum_value("down", description="The component does not work at present.")


@strawberry.type(description="Health of the database.")
class DatabaseHealth:
    status: HealthStatus = strawberry.field(description="UP if the database responds and its schema is current.")
    latency_ms: float | None = strawberry.field(
        description="Response time of the database, in milliseconds; null if it did not respond."
    )
    oldest_transaction_seconds: float | None = strawberry.field(
        description="Age of the oldest open statement or transaction, in seconds: of all clients on PostgreSQL, of "
        "this server on SQLite. Null if there is none. A long-lived one makes SQLite's write-ahead log grow and keeps "
        "PostgreSQL from vacuuming dead rows."
    )
    message: str | None = strawberry.field(description="Description of the problem; null if there is none.")


@strawberry.type(description="Health of the disk that holds the data folder.")
class DiskHealth:
    status: HealthStatus = strawberry.field(
        description="DOWN if less space is free than the setting `TUNIX_RT_DISK_FREE_MIN_BYTES`."
    )
    free_bytes: BigInt | None = strawberry.field(
        description="Space available to the server, in bytes; null if it cannot be determined."
    )
    total_bytes: BigInt | None = strawberry.field(
        description="Size of the disk, in bytes; null if it cannot be determined."
    )
    message: str | None = strawberry.field(description="Description of the problem; null if there is none.")


@strawberry.type(description="Unfinished jobs, and the workers that take them.")
class QueueHealth:
    pending: BigInt = strawberry.field(description="Number of jobs waiting for a worker.")
    running: BigInt = strawberry.field(description="Number of jobs in progress.")
    oldest_pending_seconds: float | None = strawberry.field(
        description="Waiting time of the oldest pending job, in seconds; null if none is pending."
    )
    workers: int = strawberry.field(
        description="Number of workers that are alive: their last heartbeat is at most 30 seconds old."
    )


@strawberry.type(description="Health of RediAI.")
class RediaiHealth:
    mode: RediAIMode = strawberry.field(description="Whether RediAI is queried.")
    status: HealthStatus = strawberry.field(description="Whether RediAI is healthy; always UP in mode MOCK.")
    reason: Reason | None = strawberry.field(description="Reason for the status DOWN; null if it is UP.")
    message: str | None = strawberry.field(description="Description of the problem; null if there is none.")
    checked_at: datetime = strawberry.field(
        description="When RediAI was last queried. Results are cached for 30 seconds by default."
    )
    latency_ms: float | None = strawberry.field(
        description="Response time of RediAI, in milliseconds; null if it did not respond."
    )


@strawberry.type(description="Health of the server and of the systems it depends on.")
class Health:
    status: HealthStatus = strawberry.field(description="DOWN if the database or the disk is DOWN, otherwise UP.")
    database: DatabaseHealth = strawberry.field(description="Health of the database.")
    disk: DiskHealth = strawberry.field(description="Health of the disk that holds the data folder.")

    @strawberry.field(description="Unfinished jobs and live workers; null if the database cannot be read.")
    async def queue(self, info: Info) -> QueueHealth | None:
        return None if self.database.status is HealthStatus.DOWN else await queue_health(info.context)

    @strawberry.field(description="Health of RediAI. Optional: does not affect `status`.")
    async def rediai(self, info: Info) -> RediaiHealth:
        return rediai_health(await info.context.services.rediai.health())


async def health_of(context: Context) -> Health:
    """Returns the health of everything that the server needs."""
    database, disk = await asyncio.gather(database_health(context), disk_health(context))
    down = HealthStatus.DOWN in (database.status, disk.status)
    return Health(status=HealthStatus.DOWN if down else HealthStatus.UP, database=database, disk=disk)


async def database_health(context: Context) -> DatabaseHealth:
    """Queries the database's revision, and returns the database's health."""

    async def ask() -> float | None:
        async with context.database.read() as session:
            await require_current(session)
            return await context.database.oldest_reader_seconds(session)

    start = time.perf_counter()
    try:
        oldest = await probe(ask, DATABASE_SECONDS)
    except TunixRtError as error:
        down = HealthStatus.DOWN
        return DatabaseHealth(status=down, latency_ms=None, oldest_transaction_seconds=None, message=error.message)
    latency = round((time.perf_counter() - start) * 1000, 3)
    return DatabaseHealth(status=HealthStatus.UP, latency_ms=latency, oldest_transaction_seconds=oldest, message=None)


async def disk_health(context: Context) -> DiskHealth:
    """Returns the health of the data folder's disk."""
    least = context.settings.disk_free_min_bytes
    try:
        room = await asyncio.to_thread(disk_space, context.settings.data_dir)
    except Unavailable as error:
        return DiskHealth(status=HealthStatus.DOWN, free_bytes=None, total_bytes=None, message=error.message)
    low = room.free < least
    return DiskHealth(
        status=HealthStatus.DOWN if low else HealthStatus.UP,
        free_bytes=BigInt(room.free),
        total_bytes=BigInt(room.total),
        message=f"{room.free} bytes are free, fewer than {least}." if low else None,
    )


async def queue_health(context: Context) -> QueueHealth | None:
    """Counts the unfinished jobs and the live workers; None if the database does not answer."""

    async def ask() -> tuple[list[JobCount], int]:
        async with context.database.read() as session:
            counts = await job_counts(session, UNFINISHED)
            return counts, await count_live_workers(session, await instant(session))

    try:
        counts, workers = await probe(ask, DATABASE_SECONDS)
    except TunixRtError:
        return None
    waiting = [found.oldest for found in counts if found.status is JobStatus.PENDING]
    return QueueHealth(
        pending=BigInt(total(counts, JobStatus.PENDING)),
        running=BigInt(total(counts, JobStatus.RUNNING)),
        oldest_pending_seconds=max((now() - min(waiting)).total_seconds(), 0.0) if waiting else None,
        workers=workers,
    )


def total(counts: list[JobCount], status: JobStatus) -> int:
    """Returns the number of jobs with a status, over all tables."""
    return sum(found.count for found in counts if found.status is status)


def rediai_health(reading: HealthReading) -> RediaiHealth:
    """Converts a health reading."""
    return RediaiHealth(
        mode=reading.mode,
        status=HealthStatus.UP if reading.reason is None else HealthStatus.DOWN,
        reason=reading.reason,
        message=reading.message,
        checked_at=reading.checked_at,
        latency_ms=reading.latency_ms,
    )
