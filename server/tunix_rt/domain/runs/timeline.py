"""Reads a run's timeline: its status changes, log lines and metrics as one list.

They are in three tables and are numbered by one counter of the run, which gives them one order. An event follower reads
all three in one statement: between two statements, an event with a lower number could be added to a table that was read
already.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Double,
    FromClause,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    cast,
    literal,
    null,
    select,
    true,
    union_all,
)

from tunix_rt.db.columns import uuid_column
from tunix_rt.db.models import run_logs, run_metrics, run_states, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.ledger import ENDS

ENTRIES_READ = 200
"""The maximum number of events of a run that one statement reads."""

STATE, LOG, METRIC = "STATE", "LOG", "METRIC"

WORDS: dict[str, tuple[Table, dict[str, Column[Any]]]] = {
    STATE: (
        run_states,
        {
            "word": run_states.c.status,
            "text": run_states.c.reason,
            "number": run_states.c.progress,
            "step": run_states.c.step,
            "total_steps": run_states.c.total_steps,
            "epoch": run_states.c.epoch,
            "eta_seconds": run_states.c.eta_seconds,
        },
    ),
    LOG: (run_logs, {"word": run_logs.c.stream, "text": run_logs.c.text}),
    METRIC: (
        run_metrics,
        {
            "word": run_metrics.c.value_kind,
            "text": run_metrics.c.name,
            "number": run_metrics.c.value,
            "step": run_metrics.c.step,
        },
    ),
}
"""The kinds of event: the table of each, and the columns of the list that its columns fill."""

TYPES: dict[str, Any] = {
    "word": Text(),
    "text": Text(),
    "number": Double(),
    "step": Integer(),
    "total_steps": Integer(),
    "epoch": Double(),
    "eta_seconds": Double(),
}


def entries_of(kind: str) -> Select[Any]:
    """Selects the events of one kind, in the columns that all kinds share."""
    table, filled = WORDS[kind]
    shared = [table.c.run_id, table.c.seq, table.c.at, table.c.attempt]
    own = [filled.get(name, cast(null(), type_)).label(name) for name, type_ in TYPES.items()]
    return select(*shared, literal(kind, Text()).label("kind"), *own)


ENTRIES: Any = union_all(*(entries_of(kind) for kind in WORDS)).subquery("run_entries")
"""All runs' events: ``run_id seq at attempt kind``, and the kind's values in ``word text number step`` and more."""


def next_entries() -> Subquery:
    """Selects the next events of one run. Each table's index is read from that position, for at most one page."""
    arms = []
    for kind, (table, _) in WORDS.items():
        arm = entries_of(kind).where(table.c.run_id == bindparam("run", type_=uuid_column()))
        arm = arm.where(table.c.seq > bindparam("after", type_=Integer())).order_by(table.c.seq)
        arms.append(select(arm.limit(ENTRIES_READ).subquery()))
    return union_all(*arms).subquery("entries")


def selection() -> Select[Any]:
    """Selects a run's status with its next events; if there are none, one row with the status only."""
    entries: FromClause = next_entries()
    return (
        select(tunix_runs.c.status.label("run_status"), tunix_runs.c.last_seq, *entries.c)
        .select_from(tunix_runs.outerjoin(entries, true()))
        .where(tunix_runs.c.id == bindparam("run", type_=uuid_column()))
        .order_by(entries.c.seq)
        .limit(ENTRIES_READ)
    )


NEXT_ENTRIES = selection()


@dataclass(frozen=True)
class Entries:
    """A run's next events.

    Args:
        rows: at most ``ENTRIES_READ`` of them, by number.
        ended: whether the run has ended and these are its last events.
    """

    rows: Sequence[Any]
    ended: bool


async def entries_after(session: Session, run_id: uuid.UUID, after: int) -> Entries | None:
    """Returns the events of a run after a number; None if there is no such run."""
    rows = (await session.execute(NEXT_ENTRIES, {"run": run_id, "after": after})).all()
    if not rows:
        return None
    found = [row for row in rows if row.seq is not None]
    newest = found[-1].seq if found else after
    return Entries(found, JobStatus(rows[0].run_status) in ENDS and newest >= rows[0].last_seq)


@dataclass(frozen=True)
class RunPosition:
    """A run's status and the number of its newest event, 0 before the first."""

    status: JobStatus
    newest: int


async def position_of(session: Session, run_id: uuid.UUID) -> RunPosition | None:
    """Returns the status and newest event number of a run; None if there is no such run."""
    query = select(tunix_runs.c.status, tunix_runs.c.last_seq).where(tunix_runs.c.id == run_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else RunPosition(JobStatus(row.status), row.last_seq)
