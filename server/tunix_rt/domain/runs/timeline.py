"""A run's sequence: its states, log lines and metrics, read as one list.

They lie in three tables and draw their numbers from one counter of the run, so that their order is one. What is read
for a tail is read in one statement: between two, an entry of a lower number could come into a table that was looked at
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
"""Entries of a run that one statement reads at most."""

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
"""The kinds of entry: where each lies, and which column of the list each of its columns fills."""

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
    """The entries of one kind, in the columns that all have."""
    table, filled = WORDS[kind]
    shared = [table.c.run_id, table.c.seq, table.c.at, table.c.attempt]
    own = [filled.get(name, cast(null(), type_)).label(name) for name, type_ in TYPES.items()]
    return select(*shared, literal(kind, Text()).label("kind"), *own)


ENTRIES: Any = union_all(*(entries_of(kind) for kind in WORDS)).subquery("run_entries")
"""Every run's entries: ``run_id seq at attempt kind``, and what the kind says in ``word text number step`` and more."""


def next_entries() -> Subquery:
    """The next entries of one run: each table's own index is walked from there, none further than the list goes."""
    arms = []
    for kind, (table, _) in WORDS.items():
        arm = entries_of(kind).where(table.c.run_id == bindparam("run", type_=uuid_column()))
        arm = arm.where(table.c.seq > bindparam("after", type_=Integer())).order_by(table.c.seq)
        arms.append(select(arm.limit(ENTRIES_READ).subquery()))
    return union_all(*arms).subquery("entries")


def reading() -> Select[Any]:
    """Where a run is, with its next entries; without any, one row that says where it is."""
    entries: FromClause = next_entries()
    return (
        select(tunix_runs.c.status.label("run_status"), tunix_runs.c.last_seq, *entries.c)
        .select_from(tunix_runs.outerjoin(entries, true()))
        .where(tunix_runs.c.id == bindparam("run", type_=uuid_column()))
        .order_by(entries.c.seq)
        .limit(ENTRIES_READ)
    )


READING = reading()


@dataclass(frozen=True)
class Entries:
    """A run's next entries.

    Args:
        rows: at most ``ENTRIES_READ`` of them, by their numbers.
        ended: whether the run has ended, and these are its last.
    """

    rows: Sequence[Any]
    ended: bool


async def entries_after(session: Session, run_id: uuid.UUID, after: int) -> Entries | None:
    """The entries of a run after a number; None if there is no such run."""
    rows = (await session.execute(READING, {"run": run_id, "after": after})).all()
    if not rows:
        return None
    found = [row for row in rows if row.seq is not None]
    newest = found[-1].seq if found else after
    return Entries(found, JobStatus(rows[0].run_status) in ENDS and newest >= rows[0].last_seq)


@dataclass(frozen=True)
class RunPosition:
    """Where a run is, and the number of its newest entry: 0 before the first."""

    status: JobStatus
    newest: int


async def position_of(session: Session, run_id: uuid.UUID) -> RunPosition | None:
    """Where a run is; None if there is none."""
    query = select(tunix_runs.c.status, tunix_runs.c.last_seq).where(tunix_runs.c.id == run_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else RunPosition(JobStatus(row.status), row.last_seq)
