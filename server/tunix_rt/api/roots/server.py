"""The root fields of server."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import ANY_KEY, READ
from tunix_rt.api.context import Context
from tunix_rt.api.server.engines import EngineInfo, find_engines
from tunix_rt.api.server.health import Health, health_of
from tunix_rt.api.server.info import ServerInfo, server_info
from tunix_rt.api.server.packages import TunixStatus, UngarStatus, tunix_status, ungar_status
from tunix_rt.api.server.workers import WorkerInfo, find_workers

Info = strawberry.Info[Context, None]


@strawberry.type
class ServerQueries:
    @strawberry.field(directives=[READ], description="Version and limits of the server.")
    def server_info(self, info: Info) -> ServerInfo:
        return server_info(info.context)

    @strawberry.field(
        directives=[ANY_KEY],
        description="Health of the server and of the systems it depends on, checked at each query.",
    )
    async def health(self, info: Info) -> Health:
        return await health_of(info.context)

    workers: list[WorkerInfo] = strawberry.field(
        directives=[READ],
        resolver=find_workers,
        description="Workers that are alive, the longest-running first; up to 100. Each sends a heartbeat every 5 "
        "seconds. A worker that has been stopped, or without a heartbeat for 30 seconds, is not listed.",
    )

    engines: list[EngineInfo] = strawberry.field(
        directives=[READ],
        resolver=find_engines,
        description="Engines that are configured for training runs, the local one first. Each is checked at every "
        "query.",
    )

    @strawberry.field(
        directives=[READ], description="Availability of Google's Tunix for training. Cached for a minute."
    )
    async def tunix_status(self, info: Info) -> TunixStatus:
        return await tunix_status(info.context)

    @strawberry.field(directives=[READ], description="Availability of the UNGAR package for `generateUngarTraces`.")
    async def ungar_status(self) -> UngarStatus:
        return await ungar_status()
