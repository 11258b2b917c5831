"""The events of an evaluation in GraphQL."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from tunix_rt.api.filtering.evaluations import EvaluationEventWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Alias, Shape, as_enum
from tunix_rt.db.models import evaluation_events
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.evaluations import EVALUATION_EVENTS


@strawberry.type(
    description="A change of an evaluation's status or progress. The events of an evaluation are numbered from 1, "
    "without gaps."
)
class EvaluationEvent:
    seq: int = strawberry.field(
        description="Sequence number of the event. Pass the last one received as `after` of `evaluationEvents` to "
        "resume."
    )
    at: datetime = strawberry.field(description="When the event happened.")
    status: JobStatus = strawberry.field(description="Status of the evaluation at the time.")
    attempt: int = strawberry.field(description="Number of the attempt; 0 before the first.")
    progress: float = strawberry.field(description="Progress of the attempt: 0 to 1.")
    reason: str | None = strawberry.field(description="Explanation of the status; null if there is none.")


EVENT_SHAPE = Shape(
    make=EvaluationEvent,
    table=evaluation_events,
    sources={
        "seq": evaluation_events.c.seq,
        "at": evaluation_events.c.at,
        "status": as_enum(evaluation_events.c.status, JobStatus),
        "attempt": evaluation_events.c.attempt,
        "progress": evaluation_events.c.progress,
        "reason": Alias(evaluation_events.c.message, "reason"),
    },
)


@strawberry.enum(description="Fields that the events of an evaluation can be sorted by.")
class EvaluationEventOrderField(enum.Enum):
    SEQ = strawberry.enum_value("seq", description="Sequence number, in chronological order.")


@strawberry.input(description="A term of the sort order of evaluation events.")
class EvaluationEventOrder:
    field: EvaluationEventOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


EVENT_LIST = Listing(
    name="EvaluationEvent",
    shape=EVENT_SHAPE,
    identity=evaluation_events.c.seq,
    filterable=EVALUATION_EVENTS,
    where=EvaluationEventWhere,
    order=EvaluationEventOrder,
    default=(Term(evaluation_events.c.seq, descending=False),),
)
