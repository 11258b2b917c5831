"""What runs say, in GraphQL: states, log lines and metric points in one sequence, and the log lines alone."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import strawberry

from tunix_rt.api.filtering.runs import RunEventWhere, RunLogLineWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, Source
from tunix_rt.db.models import run_logs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream, ValueKind
from tunix_rt.db.paging import Term
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.runs import EVENTS, LOG_LINES
from tunix_rt.domain.runs.timeline import ENTRIES, LOG, METRIC, STATE, entries_after, standing_of


@strawberry.type(description="Where in its training a run is; all null before that, and in a run that trains nothing.")
class TrainingProgress:
    step: int | None = strawberry.field(description="Updates of the weights so far; null before training.")
    total_steps: int | None = strawberry.field(description="Updates that the run makes; null until that is known.")
    epoch: float | None = strawberry.field(description="Passes over the dataset so far; null before training.")
    eta_seconds: float | None = strawberry.field(
        description="How long it would still take, in seconds; null while that is not known."
    )


@strawberry.interface(
    description="Something that a run said: where it is, a line of its log, or a metric's value. All of them are "
    "numbered in one sequence, from 1, without a gap."
)
class RunEvent:
    last: strawberry.Private[bool] = False
    seq: int = strawberry.field(description="Its number: give the last one received to `tunixRunEvents` to go on.")
    at: datetime = strawberry.field(description="When it was said.")
    attempt: int = strawberry.field(description="At which attempt; 0 before the first.")


@strawberry.type(description="Where a run was: told when its status changed, and while it trains as it goes on.")
class RunState(RunEvent):
    status: JobStatus = strawberry.field(description="Its status then.")
    progress: float = strawberry.field(description="How far the attempt was: 0 to 1.")
    training_progress: TrainingProgress = strawberry.field(description="Where in training it was.")
    reason: str | None = strawberry.field(description="Why its status is so; null if there is nothing to say.")


@strawberry.type(description="A line that a run wrote.")
class RunLogLine(RunEvent):
    stream: LogStream = strawberry.field(description="Where it was written.")
    text: str = strawberry.field(description="The line, without its end; a very long one is cut, and says so.")


@strawberry.type(description="A metric's value at a step, as it was measured.")
class RunMetricPoint(RunEvent):
    name: str = strawberry.field(description="The metric, such as `train/loss`.")
    step: int = strawberry.field(description="Updates of the weights before it was measured.")
    value: float | None = strawberry.field(description="The value; null unless `kind` is FINITE.")
    kind: ValueKind = strawberry.field(description="What the value is.")


RUN_EVENTS = (RunState, RunLogLine, RunMetricPoint)
"""What an event can be: no field names these types, only the interface."""


def state_of(row: Any) -> RunState:
    """The state in a row of the sequence."""
    return RunState(
        seq=row.seq,
        at=row.at,
        attempt=row.attempt,
        status=JobStatus(row.word),
        progress=row.number,
        training_progress=TrainingProgress(
            step=row.step, total_steps=row.total_steps, epoch=row.epoch, eta_seconds=row.eta_seconds
        ),
        reason=row.text,
    )


def log_line_of(row: Any) -> RunLogLine:
    """The line in a row of the sequence."""
    return RunLogLine(seq=row.seq, at=row.at, attempt=row.attempt, stream=LogStream(row.word), text=row.text)


def metric_point_of(row: Any) -> RunMetricPoint:
    """The value in a row of the sequence."""
    return RunMetricPoint(
        seq=row.seq,
        at=row.at,
        attempt=row.attempt,
        name=row.text,
        step=row.step,
        value=row.number,
        kind=ValueKind(row.word),
    )


MAKERS = {STATE: state_of, LOG: log_line_of, METRIC: metric_point_of}


async def read_run_events(session: Session, run_id: uuid.UUID, after: int | None) -> Sequence[RunEvent] | None:
    """A run's next events after a number, the last alone if none is given; None if there are none, nor ever will be."""
    if after is None:
        standing = await standing_of(session, run_id)
        if standing is None:
            return None
        after = max(0, standing.newest - 1)
    entries = await entries_after(session, run_id, after)
    if entries is None or (entries.ended and not entries.rows):
        return None
    events = [MAKERS[row.kind](row) for row in entries.rows]
    if events and entries.ended:
        events[-1].last = True
    return events


class EventShape(Shape[RunEvent]):
    """Rows of the sequence as the types that they are; their few columns are read together."""

    def columns(self, names: frozenset[str]) -> list[Any]:
        return list(ENTRIES.c)

    def objects(self, rows: Iterable[Any], names: frozenset[str]) -> list[RunEvent]:
        return [MAKERS[row.kind](row) for row in rows]


EVENT_SHAPE = EventShape(make=RunEvent, table=ENTRIES, sources={})


@strawberry.enum(description="What events of a run can be ordered by.")
class RunEventOrderField(enum.Enum):
    SEQ = strawberry.enum_value("seq", description="The number, which follows the time.")


@strawberry.input(description="One term of an order of events.")
class RunEventOrder:
    field: RunEventOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="In which direction.")


RUN_EVENT_LIST = Listing(
    name="RunEvent",
    shape=EVENT_SHAPE,
    identity=ENTRIES.c.seq,
    filterable=EVENTS,
    where=RunEventWhere,
    order=RunEventOrder,
    default=(Term(ENTRIES.c.seq, descending=False),),
)


def fill_stream(target: RunLogLine, stream: str) -> None:
    """The stream as its enum."""
    target.stream = LogStream(stream)


LOG_SHAPE = Shape(
    make=RunLogLine,
    table=run_logs,
    sources={
        "seq": run_logs.c.seq,
        "at": run_logs.c.at,
        "attempt": run_logs.c.attempt,
        "stream": Source([run_logs.c.stream], fill_stream),
        "text": run_logs.c.text,
    },
)


@strawberry.enum(description="What lines can be ordered by.")
class RunLogLineOrderField(enum.Enum):
    SEQ = strawberry.enum_value("seq", description="The number in the run's sequence, which follows the time.")


@strawberry.input(description="One term of an order of lines.")
class RunLogLineOrder:
    field: RunLogLineOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="In which direction.")


RUN_LOG_LINE_LIST = Listing(
    name="RunLogLine",
    shape=LOG_SHAPE,
    identity=run_logs.c.seq,
    filterable=LOG_LINES,
    where=RunLogLineWhere,
    order=RunLogLineOrder,
    default=(Term(run_logs.c.seq, descending=False),),
)
