"""Appends to a run's timeline: status changes, log lines and metrics, numbered by one counter from 1 without gaps.

Events are appended in the transaction that advances the counter. So they become visible in their order, and a process
that has lost its hold appends none.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Table, insert, update

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.models import run_logs, run_metrics, run_states, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Session
from tunix_rt.errors import Conflict
from tunix_rt.trainer.contract import ValueKind

STATE_COLUMNS = tuple(
    tunix_runs.c[name] for name in ("attempt", "status", "progress", "step", "total_steps", "epoch", "eta_seconds")
)

COUNT_MAX = 2**31 - 1
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]
"""A step or another count that the database can store."""
AttemptNumber: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)]
Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]


class LogLine(msgspec.Struct, frozen=True, tag="LOG", tag_field="type"):
    """A line that a process wrote, without its line end."""

    at: Instant
    attempt: AttemptNumber
    stream: LogStream
    text: str


class MetricPoint(msgspec.Struct, frozen=True, tag="METRIC", tag_field="type"):
    """The value of a metric at a step.

    Args:
        value: None unless the kind is FINITE.
    """

    at: Instant
    attempt: AttemptNumber
    name: str
    step: Count
    value: float | None
    kind: ValueKind = ValueKind.FINITE


class StatePoint(msgspec.Struct, frozen=True, tag="STATE", tag_field="type"):
    """The status of a run and its progress."""

    at: Instant
    attempt: AttemptNumber
    status: JobStatus
    progress: Share
    step: Count | None = None
    total_steps: Count | None = None
    epoch: float | None = None
    eta_seconds: float | None = None
    reason: str | None = None


Entry: TypeAlias = LogLine | MetricPoint | StatePoint


def metric_point(at: datetime, attempt: int, name: str, step: int, value: float) -> MetricPoint:
    """Returns the point of a metric for any float: NaN and infinities, which JSON and SQL lack, become a kind."""
    if math.isfinite(value):
        return MetricPoint(at, attempt, name, step, value)
    infinite = ValueKind.POSITIVE_INFINITY if value > 0 else ValueKind.NEGATIVE_INFINITY
    return MetricPoint(at, attempt, name, step, None, ValueKind.NAN if math.isnan(value) else infinite)


async def append(
    session: Session, run_id: uuid.UUID, entries: Sequence[Entry], *conditions: ColumnElement[bool], **values: Any
) -> bool:
    """Appends events in order; returns False, with nothing written, if the run is deleted or a condition is not met.

    Args:
        conditions: for example that the process still holds the run.
        values: further columns of the run to set.
    """
    query = (
        update(tunix_runs)
        .where(tunix_runs.c.id == run_id, *conditions)
        .values({"last_seq": tunix_runs.c.last_seq + len(entries)} | values)
        .returning(tunix_runs.c.last_seq)
    )
    last: int | None = (await session.execute(query)).scalar()
    if last is None:
        return False
    rows: dict[Table, list[dict[str, Any]]] = {}
    for seq, entry in enumerate(entries, last - len(entries) + 1):
        table, row = row_of(entry)
        rows.setdefault(table, []).append({"run_id": run_id, "seq": seq, **row})
    for table, found in rows.items():
        await insert_rows(session, table, found)
    return True


def row_of(entry: Entry) -> tuple[Table, dict[str, Any]]:
    """Returns the table of an event, and its row without ``run_id`` and ``seq``."""
    row: dict[str, Any] = {"at": entry.at, "attempt": entry.attempt}
    if isinstance(entry, LogLine):
        return run_logs, row | {"stream": entry.stream.value, "text": entry.text}
    if isinstance(entry, MetricPoint):
        measured = {"name": entry.name, "step": entry.step, "value": entry.value, "value_kind": entry.kind.value}
        return run_metrics, row | measured
    progress = {name: getattr(entry, name) for name in ("progress", "step", "total_steps", "epoch", "eta_seconds")}
    return run_states, row | {"status": entry.status.value, **progress, "reason": entry.reason}


async def append_state(session: Session, run_id: uuid.UUID, at: datetime, reason: str | None = None) -> None:
    """Appends a run's current status, in the transaction that has changed it. Does nothing if the run is deleted."""
    moving = update(tunix_runs).where(tunix_runs.c.id == run_id).values(last_seq=tunix_runs.c.last_seq + 1)
    row = (await session.execute(moving.returning(tunix_runs.c.last_seq, *STATE_COLUMNS))).one_or_none()
    if row is None:
        return
    state = row._asdict()
    entry = {"run_id": run_id, "seq": state.pop("last_seq"), "at": at, "reason": reason}
    await session.execute(insert(run_states), [entry | state])


def batch_conflict(name: str, number: int, last: int) -> Conflict:
    """Returns the error of a batch of events that is neither the next one nor the last one sent again.

    Args:
        name: the field with the batch's number, as the API spells it.
        last: the number of the last batch that is stored.
    """
    if number == last:
        return Conflict(f"Batch {number} was stored with other contents; the next one is {last + 1}.", [name])
    return Conflict(f"{name} must be {last + 1}, the one after the last that is stored; it is {number}.", [name])
