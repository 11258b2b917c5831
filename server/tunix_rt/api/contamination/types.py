"""Contamination in GraphQL: the comparison of a training with an evaluation dataset."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import strawberry

from tunix_rt.api.contamination.pairs import CONTAMINATED_PAIR_LIST, ContaminatedPair
from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.contamination import ContaminationWhere
from tunix_rt.api.lists.fields import batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.models import contaminated_pairs, contaminations
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.contamination import CONTAMINATIONS


def datasets_by(key: str) -> Callable[[list[Any], Call], Awaitable[list[Any]]]:
    """Returns a batch of the datasets whose ids the rows have in an attribute."""

    async def load(rows: list[Any], call: Call) -> list[Any]:
        ids = list(dict.fromkeys(getattr(row, key) for row in rows))
        found = await objects_by_id(DATASET_LIST, call.context, ids, frozenset(call.selection))
        return [found.get(getattr(row, key)) for row in rows]

    return load


@strawberry.type(
    description="Comparison of the prompts of a training dataset with those of an evaluation dataset. Computed once, "
    "since datasets do not change."
)
class Contamination(Node):
    row_id: strawberry.Private[uuid.UUID]
    train_key: strawberry.Private[uuid.UUID]
    eval_key: strawberry.Private[uuid.UUID]
    train_dataset = batched_field(datasets_by("train_key"), Dataset, "The training dataset.")
    eval_dataset = batched_field(datasets_by("eval_key"), Dataset, "The evaluation dataset.")
    train_prompt_count: BigInt = strawberry.field(
        description="Number of distinct training prompts that are equal or similar to an evaluation prompt."
    )
    equal_count: BigInt = strawberry.field(
        description="Number of pairs of equal prompts, ignoring case and punctuation, but not operators."
    )
    shared_count: BigInt = strawberry.field(
        description="Number of further pairs whose word 8-grams have a Jaccard index of at least 0.1."
    )
    near_count: BigInt = strawberry.field(
        description="Number of further pairs whose adjacent word pairs have a Jaccard index of at least 0.5."
    )
    checked_at: datetime = strawberry.field(description="When the datasets were compared.")
    pairs: Connection[ContaminatedPair] = child_connection(
        CONTAMINATED_PAIR_LIST,
        contaminated_pairs.c.contamination_id,
        "Pairs of prompts, highest overlap first by default. 10,000 are kept: those of equal prompts first, then those "
        "that share 8-grams, then near duplicates, each with the highest overlap first.",
    )


CONTAMINATION_SHAPE = Shape(
    make=Contamination,
    table=contaminations,
    sources=node_sources("Contamination", contaminations.c.id)
    | {
        "trainDataset": Alias(contaminations.c.train_dataset_id, "train_key"),
        "evalDataset": Alias(contaminations.c.eval_dataset_id, "eval_key"),
        "trainPromptCount": contaminations.c.train_prompt_count,
        "equalCount": contaminations.c.equal_count,
        "sharedCount": contaminations.c.shared_count,
        "nearCount": contaminations.c.near_count,
        "checkedAt": contaminations.c.checked_at,
        "pairs": Alias(contaminations.c.id, "row_id"),
    },
)


@strawberry.enum(description="Fields that contaminations can be sorted by.")
class ContaminationOrderField(enum.Enum):
    CHECKED_AT = strawberry.enum_value("checked_at", description="Time of the comparison.")
    TRAIN_PROMPT_COUNT = strawberry.enum_value(
        "train_prompt_count", description="Number of distinct training prompts in pairs."
    )
    ID = strawberry.enum_value("id", description="Id, in chronological order of the comparison.")


@strawberry.input(description="A term of the sort order of contaminations.")
class ContaminationOrder:
    field: ContaminationOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


CONTAMINATION_LIST = Listing(
    name="Contamination",
    shape=CONTAMINATION_SHAPE,
    identity=contaminations.c.id,
    filterable=CONTAMINATIONS,
    where=ContaminationWhere,
    order=ContaminationOrder,
    default=(Term(contaminations.c.checked_at, descending=True),),
)
