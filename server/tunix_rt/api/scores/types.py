"""Scores in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from tunix_rt.api.execution.columns import attribute_of
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.scores import ScoreWhere
from tunix_rt.api.lists.fields import NamedListing, batched_field
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, as_enum, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import JSON
from tunix_rt.db.models import scores
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.scores import SCORES
from tunix_rt.domain.scorers.base import Scorer, ScorerSource
from tunix_rt.domain.scores.draft import ScoreKind

TRACES = NamedListing("tunix_rt.api.traces.types", "Trace")


async def traces_of_scores(parents: Sequence[Any], call: Call) -> list[Any]:
    """Returns each score's trace."""
    keys = attribute_of(parents, "trace_key")
    found = await objects_by_id(TRACES.listing(), call.context, keys, frozenset(call.selection))
    return [found.get(key) for key in keys]


@strawberry.type(
    description="A score of a trace or of one of its steps. Immutable: a newer score of the same scorer supersedes an "
    "older one."
)
class Score(Node):
    trace_key: strawberry.Private[uuid.UUID]
    scorer: str = strawberry.field(description="Name of the scorer: code, model or person.")
    scorer_version: str = strawberry.field(
        description="Version of the scorer. Scores of different versions may not be comparable."
    )
    kind: ScoreKind = strawberry.field(description="Kind of scorer.")
    score: float = strawberry.field(description="The score, on the scorer's own scale.")
    rationale: str | None = strawberry.field(description="Explanation of the score; null if none was given.")
    details: JSON | None = strawberry.field(
        description="The terms that make up the score, by name; null if there are none."
    )
    step_index: int | None = strawberry.field(
        description="Index of the scored step; null if the score is of the whole trace."
    )
    scored_at: datetime = strawberry.field(description="When the score was given.")
    created_by: str | None = strawberry.field(
        description="Name of the API key with which the score was created, or `user:` and the name of a user whom a "
        "proxy signed in: the person behind a `HUMAN` score. Null if the request had neither, or if a job gave the "
        "score."
    )
    trace = batched_field(traces_of_scores, TRACES.node, "The scored trace.")


SCORE_SHAPE = Shape(
    make=Score,
    table=scores,
    sources=node_sources("Score", scores.c.id)
    | {
        "trace": Alias(scores.c.trace_id, "trace_key"),
        "scorer": scores.c.scorer,
        "scorerVersion": scores.c.scorer_version,
        "kind": as_enum(scores.c.kind, ScoreKind),
        "score": scores.c.score,
        "rationale": scores.c.rationale,
        "details": scores.c.details,
        "stepIndex": scores.c.step_index,
        "scoredAt": scores.c.scored_at,
        "createdBy": scores.c.created_by,
    },
)


@strawberry.enum(description="Fields that scores can be sorted by.")
class ScoreOrderField(enum.Enum):
    SCORED_AT = strawberry.enum_value("scored_at", description="Time of scoring.")
    SCORE = strawberry.enum_value("score", description="The score.")
    SCORER = strawberry.enum_value("scorer", description="Name of the scorer.")
    STEP_INDEX = strawberry.enum_value(
        "step_index", description="Index of the scored step; scores of whole traces sort last."
    )
    ID = strawberry.enum_value("id", description="Id, in the order in which the objects were stored.")


@strawberry.input(description="A term of the sort order of scores.")
class ScoreOrder:
    field: ScoreOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


SCORE_LIST = Listing(
    name="Score",
    shape=SCORE_SHAPE,
    identity=scores.c.id,
    filterable=SCORES,
    where=ScoreWhere,
    order=ScoreOrder,
    default=(Term(scores.c.scored_at, descending=True),),
)


@strawberry.type(name="Scorer", description="A function of the server that grades a trace with a number.")
class ScorerInfo:
    name: str = strawberry.field(description="Name of the scorer, for `scoreTraces`.")
    version: str = strawberry.field(description="Version of the scorer. Changes whenever scores may differ.")
    description: str = strawberry.field(description="Criteria of the scorer.")
    low: float = strawberry.field(description="Lowest possible score.")
    high: float = strawberry.field(description="Highest possible score.")
    source: ScorerSource = strawberry.field(description="Origin of the scorer.")
    origin: str | None = strawberry.field(description="File name or package of the scorer; null if it is built in.")
    unavailable_reason: str | None = strawberry.field(
        description="Why the scorer cannot score at present, and what to do; null if it can."
    )

    @classmethod
    def of(cls, scorer: Scorer) -> ScorerInfo:
        """Converts a registered scorer."""
        return cls(
            name=scorer.name,
            version=scorer.version,
            description=scorer.description,
            low=scorer.low,
            high=scorer.high,
            source=scorer.source,
            origin=scorer.origin,
            unavailable_reason=scorer.unavailable,
        )
