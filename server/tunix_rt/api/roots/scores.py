"""The root fields of scores."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.context import Context
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.scores.queries import ScorerInUse, find_scorers_in_use
from tunix_rt.api.scores.types import SCORE_LIST, Score, ScorerInfo

Info = strawberry.Info[Context, None]


@strawberry.type
class ScoreQueries:
    score: Score | None = lookup(SCORE_LIST, READ, "Looks up a score; null if it does not exist.")
    scores: Connection[Score] = root_connection(SCORE_LIST, READ, "All scores, newest first by default.")

    @strawberry.field(directives=[READ], description="Scorers available to `scoreTraces`, sorted by name.")
    async def scorers(self, info: Info) -> list[ScorerInfo]:
        return [ScorerInfo.of(scorer) for scorer in (await info.context.services.scoring.scorers()).values()]

    scorers_in_use: list[ScorerInUse] = strawberry.field(
        directives=[READ],
        resolver=find_scorers_in_use,
        description="Scorers with stored scores, sorted by name; up to 1,000.",
    )
