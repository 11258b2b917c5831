"""A run's sequence: its states, log lines and metrics, numbered by one counter from 1 without a gap.

Whoever appends does so in the transaction that moves the counter, so entries become visible in their order and a
process that has lost its hold appends nothing.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Table, insert, update

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.models import run_logs, run_metrics, run_states, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Session
from tunix_rt.trainer.contract import ValueKind

STATE_COLUMNS = tuple(
    tunix_runs.c[name] for name in ("attempt", "status", "progress", "step", "total_steps", "epoch", "eta_seconds")
)


@dataclass(frozen=True)
class LogLine:
    """A line that a process wrote, without its end."""

    at: datetime
    attempt: int
    stream: LogStream
    text: str


@dataclass(frozen=True)
class MetricPoint:
    """What was measured at a step.

    Args:
        value: None unless the kind is FINITE.
    """

    at: datetime
    attempt: int
    name: str
    step: int
    value: float | None
    kind: ValueKind = ValueKind.FINITE


@dataclass(frozen=True)
class StatePoint:
    """Where a run stands."""

    at: datetime
    attempt: int
    status: JobStatus
    progress: float
    step: int | None = None
    total_steps: int | None = None
    epoch: float | None = None
    eta_seconds: float | None = None
    reason: str | None = None


Entry: TypeAlias = LogLine | MetricPoint | StatePoint


def metric_point(at: datetime, attempt: int, name: str, step: int, value: float) -> MetricPoint:
    """A measurement of any float, which SQL and JSON could not all hold."""
    if math.isfinite(value):
        return MetricPoint(at, attempt, name, step, value)
    infinite = ValueKind.POSITIVE_INFINITY if value > 0 else ValueKind.NEGATIVE_INFINITY
    return MetricPoint(at, attempt, name, step, None, ValueKind.NAN if math.isnan(value) else infinite)


async def append(
    session: Session, run_id: uuid.UUID, entries: Sequence[Entry], *conditions: ColumnElement[bool], **values: Any
) -> bool:
    """Appends entries in order; false if the run is gone or a condition does not hold, and then nothing is written.

    Args:
        conditions: such as that the process still holds the run.
        values: columns of the run to set besides.
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
    """The table of an entry, and its row without its place."""
    row: dict[str, Any] = {"at": entry.at, "attempt": entry.attempt}
    if isinstance(entry, LogLine):
        return run_logs, row | {"stream": entry.stream.value, "text": entry.text}
    if isinstance(entry, MetricPoint):
        measured = {"name": entry.name, "step": entry.step, "value": entry.value, "value_kind": entry.kind.value}
        return run_metrics, row | measured
    place = {name: getattr(entry, name) for name in ("progress", "step", "total_steps", "epoch", "eta_seconds")}
    return run_states, row | {"status": entry.status.value, **place, "reason": entry.reason}


async def append_state(session: Session, run_id: uuid.UUID, at: datetime, reason: str | None = None) -> None:
    """Appends how a run stands now, in the transaction that has changed it; nothing if it is gone."""
    moving = update(tunix_runs).where(tunix_runs.c.id == run_id).values(last_seq=tunix_runs.c.last_seq + 1)
    row = (await session.execute(moving.returning(tunix_runs.c.last_seq, *STATE_COLUMNS))).one_or_none()
    if row is None:
        return
    state = row._asdict()
    entry = {"run_id": run_id, "seq": state.pop("last_seq"), "at": at, "reason": reason}
    await session.execute(insert(run_states), [entry | state])
