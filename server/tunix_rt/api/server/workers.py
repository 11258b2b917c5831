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


@strawberry.type(description="A worker that is alive: a server's built-in one, or a process of `tunix-rt worker`.")
class WorkerInfo:
    uuid: UUID = strawberry.field(description="UUID of the worker, which is new at each start.")
    host: str = strawberry.field(description="Name of the machine on which it runs.")
    process_id: int = strawberry.field(description="Id of its process on that machine.")
    version: str = strawberry.field(description="Version of tunix-rt that it runs.")
    kinds: list[JobKindName] = strawberry.field(description="Kinds of job for which it has slots.")
    started_at: datetime = strawberry.field(description="When it registered, by the database's clock.")
    seen_at: datetime = strawberry.field(description="When its last heartbeat was recorded, by the database's clock.")


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
            started_at=row.started_at,
            seen_at=row.seen_at,
        )
        for row in rows
    ]
