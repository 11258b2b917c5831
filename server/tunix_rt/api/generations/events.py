"""Events of generations in GraphQL."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from tunix_rt.api.filtering.generations import GenerationEventWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Alias, Shape, as_enum
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.models import generation_events
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.generations import GENERATION_EVENTS


@strawberry.type(
    description="A change of a generation's status or progress. The events of a generation are numbered from 1, "
    "without gaps."
)
class GenerationEvent:
    seq: int = strawberry.field(
        description="Sequence number of the event. Pass the last one received as `after` of `generationEvents` to "
        "resume."
    )
    at: datetime = strawberry.field(description="When the event happened.")
    status: JobStatus = strawberry.field(description="Status of the generation at the time.")
    attempt: int = strawberry.field(description="Number of the attempt; 0 before the first.")
    progress: float = strawberry.field(description="Progress of the attempt: 0 to 1.")
    answer_count: int = strawberry.field(description="Number of answers stored so far.")
    token_count: BigInt = strawberry.field(description="Number of tokens generated so far.")
    reason: str | None = strawberry.field(description="Explanation of the status; null if there is none.")


EVENT_SHAPE = Shape(
    make=GenerationEvent,
    table=generation_events,
    sources={
        "seq": generation_events.c.seq,
        "at": generation_events.c.at,
        "status": as_enum(generation_events.c.status, JobStatus),
        "attempt": generation_events.c.attempt,
        "progress": generation_events.c.progress,
        "answerCount": generation_events.c.answer_count,
        "tokenCount": generation_events.c.token_count,
        "reason": Alias(generation_events.c.message, "reason"),
    },
)


@strawberry.enum(description="Fields that the events of a generation can be sorted by.")
class GenerationEventOrderField(enum.Enum):
    SEQ = strawberry.enum_value("seq", description="Sequence number, in chronological order.")


@strawberry.input(description="A term of the sort order of generation events.")
class GenerationEventOrder:
    field: GenerationEventOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


EVENT_LIST = Listing(
    name="GenerationEvent",
    shape=EVENT_SHAPE,
    identity=generation_events.c.seq,
    filterable=GENERATION_EVENTS,
    where=GenerationEventWhere,
    order=GenerationEventOrder,
    default=(Term(generation_events.c.seq, descending=False),),
)
