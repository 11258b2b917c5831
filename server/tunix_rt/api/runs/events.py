"""Events of runs in GraphQL: states, log lines and metric points in one timeline, and the log lines alone."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import strawberry

from tunix_rt.api.filtering.runs import RunEventWhere, RunLogLineWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, as_enum
from tunix_rt.db.models import run_logs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.paging import Term
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.runs import EVENTS, LOG_LINES
from tunix_rt.domain.runs.timeline import ENTRIES, LOG, METRIC, STATE, entries_after, position_of
from tunix_rt.trainer.contract import ValueKind


@strawberry.type(
    description="Training progress of a run. Before training starts, and in dry runs, all fields but `totalSteps` are "
    "null."
)
class TrainingProgress:
    step: int | None = strawberry.field(description="Number of steps done.")
    total_steps: int | None = strawberry.field(description="Number of steps of the whole run; null until it is known.")
    epoch: float | None = strawberry.field(description="Number of epochs done, as a fraction.")
    eta_seconds: float | None = strawberry.field(
        description="Estimated time remaining, in seconds; null until it is known."
    )


@strawberry.interface(
    description="An event of a run: a change of state, a line of the log, or a value of a metric. All events of a run "
    "are numbered in one sequence from 1, without gaps."
)
class RunEvent:
    last: strawberry.Private[bool] = False
    seq: int = strawberry.field(
        description="Sequence number of the event. Pass the last one received as `after` of `runEvents` to resume."
    )
    at: datetime = strawberry.field(description="When the event was emitted.")
    attempt: int = strawberry.field(description="Number of the attempt; 0 before the first.")


@strawberry.type(description="State of a run. Emitted at every change of status and periodically during training.")
class RunState(RunEvent):
    status: JobStatus = strawberry.field(description="Status of the run at the time.")
    progress: float = strawberry.field(description="Progress of the attempt: 0 to 1.")
    training_progress: TrainingProgress = strawberry.field(description="Training progress at the time.")
    reason: str | None = strawberry.field(description="Explanation of the status; null if there is none.")


@strawberry.type(description="A line of a run's log.")
class RunLogLine(RunEvent):
    stream: LogStream = strawberry.field(description="Output stream of the line.")
    text: str = strawberry.field(
        description="The line without its line ending. A very long line is truncated, with a note at its end."
    )


@strawberry.type(description="The value of a metric at a step.")
class RunMetricPoint(RunEvent):
    name: str = strawberry.field(description="Name of the metric, such as `train/loss`.")
    step: int = strawberry.field(description="Number of steps done when the value was measured.")
    value: float | None = strawberry.field(description="The value; null unless `kind` is FINITE.")
    kind: ValueKind = strawberry.field(description="Whether the value is finite.")


RUN_EVENTS = (RunState, RunLogLine, RunMetricPoint)
"""The types of events; fields have the interface only, so the schema needs this list."""


def state_of(row: Any) -> RunState:
    """Returns the state in a row of the timeline."""
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
    """Returns the log line in a row of the timeline."""
    return RunLogLine(seq=row.seq, at=row.at, attempt=row.attempt, stream=LogStream(row.word), text=row.text)


def metric_point_of(row: Any) -> RunMetricPoint:
    """Returns the metric point in a row of the timeline."""
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
    """Returns a run's next events after a number, the last event without one; None if there can be no more."""
    if after is None:
        position = await position_of(session, run_id)
        if position is None:
            return None
        after = max(0, position.newest - 1)
    entries = await entries_after(session, run_id, after)
    if entries is None or (entries.ended and not entries.rows):
        return None
    events = [MAKERS[row.kind](row) for row in entries.rows]
    if events and entries.ended:
        events[-1].last = True
    return events


class EventShape(Shape[RunEvent]):
    """The shape of the timeline, whose rows become objects of different types; all of its few columns are loaded."""

    def columns(self, names: frozenset[str]) -> list[Any]:
        return list(ENTRIES.c)

    def by_columns(self, rows: Iterable[Any], names: frozenset[str]) -> list[RunEvent]:
        keys = ENTRIES.c.keys()
        entries = [SimpleNamespace(**dict(zip(keys, row, strict=False))) for row in rows]
        return [MAKERS[entry.kind](entry) for entry in entries]


EVENT_SHAPE = EventShape(make=RunEvent, table=ENTRIES, sources={})


@strawberry.enum(description="Fields that the events of a run can be sorted by.")
class RunEventOrderField(enum.Enum):
    SEQ = strawberry.enum_value("seq", description="Sequence number, in chronological order.")


@strawberry.input(description="A term of the sort order of run events.")
class RunEventOrder:
    field: RunEventOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


RUN_EVENT_LIST = Listing(
    name="RunEvent",
    shape=EVENT_SHAPE,
    identity=ENTRIES.c.seq,
    filterable=EVENTS,
    where=RunEventWhere,
    order=RunEventOrder,
    default=(Term(ENTRIES.c.seq, descending=False),),
)


LOG_SHAPE = Shape(
    make=RunLogLine,
    table=run_logs,
    sources={
        "seq": run_logs.c.seq,
        "at": run_logs.c.at,
        "attempt": run_logs.c.attempt,
        "stream": as_enum(run_logs.c.stream, LogStream),
        "text": run_logs.c.text,
    },
)


@strawberry.enum(description="Fields that log lines can be sorted by.")
class RunLogLineOrderField(enum.Enum):
    SEQ = strawberry.enum_value("seq", description="Sequence number, in chronological order.")


@strawberry.input(description="A term of the sort order of log lines.")
class RunLogLineOrder:
    field: RunLogLineOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


RUN_LOG_LINE_LIST = Listing(
    name="RunLogLine",
    shape=LOG_SHAPE,
    identity=run_logs.c.seq,
    filterable=LOG_LINES,
    where=RunLogLineWhere,
    order=RunLogLineOrder,
    default=(Term(run_logs.c.seq, descending=False),),
)
