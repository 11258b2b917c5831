"""Protected sets in GraphQL: the type and its orders."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from tunix_rt.api.filtering.contamination import ProtectedSetWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.models import protected_sets
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.contamination import PROTECTED_SETS


@strawberry.type(
    description="Prompts that no training data may contain, such as those of a benchmark, stored as hashes and "
    "signatures only."
)
class ProtectedSet(Node):
    name: str = strawberry.field(description="Unique name of the set.")
    prompt_count: BigInt = strawberry.field(description="Number of distinct prompts.")
    signature_count: BigInt = strawberry.field(
        description="Number of prompts whose near duplicates are found as well, by a MinHash signature: those of at "
        "least eight words, of a set made from a dataset. 0 for a set given as hashes, which finds equal prompts "
        "only."
    )
    created_at: datetime = strawberry.field(description="When the set was stored.")


PROTECTED_SET_SHAPE = Shape(
    make=ProtectedSet,
    table=protected_sets,
    sources=node_sources("ProtectedSet", protected_sets.c.id)
    | {
        "name": protected_sets.c.name,
        "promptCount": protected_sets.c.prompt_count,
        "signatureCount": protected_sets.c.signature_count,
        "createdAt": protected_sets.c.created_at,
    },
)


@strawberry.enum(description="Fields that protected sets can be sorted by.")
class ProtectedSetOrderField(enum.Enum):
    NAME = strawberry.enum_value("name", description="Name of the set.")
    PROMPT_COUNT = strawberry.enum_value("prompt_count", description="Number of distinct prompts.")
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of protected sets.")
class ProtectedSetOrder:
    field: ProtectedSetOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


PROTECTED_SET_LIST = Listing(
    name="ProtectedSet",
    shape=PROTECTED_SET_SHAPE,
    identity=protected_sets.c.id,
    filterable=PROTECTED_SETS,
    where=ProtectedSetWhere,
    order=ProtectedSetOrder,
    default=(Term(protected_sets.c.name, descending=False),),
)
