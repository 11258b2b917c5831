"""Pairs of similar prompts in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.contamination import ContaminatedPairWhere
from tunix_rt.api.lists.fields import batched_field
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, as_enum, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.db.models import contaminated_pairs
from tunix_rt.db.paging import Term
from tunix_rt.domain.contamination.matching import ContaminationKind
from tunix_rt.domain.filtering.contamination import CONTAMINATED_PAIRS


def traces_by(key: str) -> Callable[[list[Any], Call], Awaitable[list[Any]]]:
    """Returns a batch of the traces whose ids the pairs have in an attribute; None for a deleted trace."""

    async def load(pairs: list[Any], call: Call) -> list[Any]:
        ids = list(dict.fromkeys(getattr(pair, key) for pair in pairs))
        found = await objects_by_id(TRACE_LIST, call.context, ids, frozenset(call.selection))
        return [found.get(getattr(pair, key)) for pair in pairs]

    return load


@strawberry.type(description="A training prompt and an evaluation prompt that are equal or similar.")
class ContaminatedPair(Node):
    train_key: strawberry.Private[uuid.UUID]
    eval_key: strawberry.Private[uuid.UUID]
    kind: ContaminationKind = strawberry.field(description="Kind of contamination.")
    overlap: float = strawberry.field(
        description="Jaccard index, above 0, at most 1: of the prompts' word 8-grams; for NEAR_DUPLICATE of their "
        "adjacent word pairs; 1 for equal prompts."
    )
    train_trace = batched_field(
        traces_by("train_key"), Trace | None, "First training trace with the prompt; null if it was deleted."
    )
    eval_trace = batched_field(
        traces_by("eval_key"), Trace | None, "First evaluation trace with the prompt; null if it was deleted."
    )


CONTAMINATED_PAIR_SHAPE = Shape(
    make=ContaminatedPair,
    table=contaminated_pairs,
    sources=node_sources("ContaminatedPair", contaminated_pairs.c.id)
    | {
        "kind": as_enum(contaminated_pairs.c.kind, ContaminationKind),
        "overlap": contaminated_pairs.c.overlap,
        "trainTrace": Alias(contaminated_pairs.c.train_trace_id, "train_key"),
        "evalTrace": Alias(contaminated_pairs.c.eval_trace_id, "eval_key"),
    },
)


@strawberry.enum(description="Fields that pairs of similar prompts can be sorted by.")
class ContaminatedPairOrderField(enum.Enum):
    OVERLAP = strawberry.enum_value("overlap", description="Overlap of the prompts.")
    KIND = strawberry.enum_value("kind", description="Kind of contamination, by its name.")
    ID = strawberry.enum_value(
        "id", description="Id: pairs of a comparison in the order of the kinds, and of one kind highest overlap first."
    )


@strawberry.input(description="A term of the sort order of pairs of similar prompts.")
class ContaminatedPairOrder:
    field: ContaminatedPairOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


CONTAMINATED_PAIR_LIST = Listing(
    name="ContaminatedPair",
    shape=CONTAMINATED_PAIR_SHAPE,
    identity=contaminated_pairs.c.id,
    filterable=CONTAMINATED_PAIRS,
    where=ContaminatedPairWhere,
    order=ContaminatedPairOrder,
    default=(Term(contaminated_pairs.c.overlap, descending=True),),
)
