"""Queries of scores beyond lists and lookups."""

from __future__ import annotations

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.domain.scores.storage import scorers_in_use

Info = strawberry.Info[Context, None]


@strawberry.type(description="A scorer that has stored scores: code, model or person.")
class ScorerInUse:
    scorer: str = strawberry.field(description="Name of the scorer.")
    low: float = strawberry.field(description="Lowest stored score, superseded ones included.")
    high: float = strawberry.field(description="Highest stored score, superseded ones included.")


async def find_scorers_in_use(info: Info) -> list[ScorerInUse]:
    """Returns the scorers that have stored scores, by name."""
    async with info.context.database.read() as session:
        return [ScorerInUse(scorer=name, low=low, high=high) for name, low, high in await scorers_in_use(session)]
