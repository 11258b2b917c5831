"""The workers that are alive, in GraphQL."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.db.clock import instant
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.domain.jobs.workers import live_workers

Info = strawberry.Info[Context, None]


@strawberry.type(description="A worker that is alive: the one built into a server, or a process of `tunix-rt worker`.")
class WorkerInfo:
    uuid: UUID = strawberry.field(description="UUID of the worker, a new one at each start.")
    host: str = strawberry.field(description="Host name of the worker's machine.")
    process_id: int = strawberry.field(description="Id of the worker's process on that machine.")
    version: str = strawberry.field(description="Version of tunix-rt that the worker runs.")
    kinds: list[JobKindName] = strawberry.field(description="Kinds of job that the worker takes.")
    labels: list[str] = strawberry.field(
        description="Labels of the worker. It takes a run or a generation only if it has all labels that the job "
        "requires."
    )
    remote: bool = strawberry.field(
        description="Whether the worker has no access to the database and claims its jobs from a server "
        "(`tunix-rt worker --server`)."
    )
    started_at: datetime = strawberry.field(description="When the worker registered, by the database's clock.")
    seen_at: datetime = strawberry.field(
        description="When the worker's last heartbeat was recorded, by the database's clock."
    )


async def find_workers(info: Info) -> list[WorkerInfo]:
    """Returns the workers that are alive, the longest-running first."""
    async with info.context.database.read() as session:
        rows = await live_workers(session, await instant(session))
    return [
        WorkerInfo(
            uuid=row.id,
            host=row.host,
            process_id=row.process_id,
            version=row.version,
            kinds=[JobKindName(name) for name in row.kinds.split(",") if name],
            labels=row.labels.split(",") if row.labels else [],
            remote=row.remote,
            started_at=row.started_at,
            seen_at=row.seen_at,
        )
        for row in rows
    ]
