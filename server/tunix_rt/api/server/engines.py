"""The configured engines, in GraphQL."""

from __future__ import annotations

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.db.models.runs import RunEngine
from tunix_rt.domain.jobs.engines import EngineStatus

Info = strawberry.Info[Context, None]


@strawberry.type(description="An amount of something that an engine has in total.")
class EngineResourceInfo:
    name: str = strawberry.field(description="Name: `CPU`, `GPU`, `TPU` (chips) or `memory` (bytes).")
    total: float = strawberry.field(description="Total number, used or free.")


@strawberry.type(description="An engine that executes training runs.")
class EngineInfo:
    name: str = strawberry.field(description="Name of the engine, as in `Run.engine`.")
    kind: RunEngine = strawberry.field(description="Kind of engine.")
    address: str | None = strawberry.field(description="URL of the engine; null if it has none.")
    reachable: bool = strawberry.field(description="Whether the engine would start a run now, or queue it.")
    reason: str | None = strawberry.field(description="Why the engine is not reachable; null if it is.")
    resources: list[EngineResourceInfo] = strawberry.field(
        description="Resources of the engine; those that it lacks are left out. For the local engine, those of the "
        "server's machine; empty if the server has no built-in worker that takes runs."
    )

    @classmethod
    def of(cls, status: EngineStatus) -> EngineInfo:
        """Converts a status of the domain."""
        return cls(
            name=status.kind.value,
            kind=status.kind,
            address=status.address,
            reachable=status.reason is None,
            reason=status.reason,
            resources=[EngineResourceInfo(name=one.name, total=one.total) for one in status.resources],
        )


async def find_engines(info: Info) -> list[EngineInfo]:
    """Returns the configured engines, the local one first."""
    return [EngineInfo.of(status) for status in await info.context.services.runner.engines()]
