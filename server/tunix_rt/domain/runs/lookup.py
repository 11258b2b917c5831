"""Reads runs: by name or id, and those that changed lately."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, select, union

from tunix_rt.db.membership import among
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import UNFINISHED
from tunix_rt.db.session import Session
from tunix_rt.domain.names.unknown import UnknownName
from tunix_rt.domain.runs.config import RunConfig, config_of
from tunix_rt.domain.text import text_error

CHANGING = [
    tunix_runs.c[name]
    for name in (
        *("id", "status", "attempt", "cancel_requested", "message", "started_at", "completed_at"),
        *("progress", "step", "total_steps", "epoch", "eta_seconds"),
    )
]
"""The columns whose change is a change of the run: all that a list shows and that can change after the start."""


async def changed_since(session: Session, since: datetime) -> Sequence[Any]:
    """Returns the runs that are pending or running, and those that were created or have ended since an instant.

    A run whose end is recorded late, as after the database was away, may have ended before: see ``states_of_runs``.
    """
    conditions = (
        tunix_runs.c.status.in_([status.value for status in UNFINISHED]),
        tunix_runs.c.created_at > since,
        tunix_runs.c.completed_at > since,
    )
    return (await session.execute(union(*(select(*CHANGING).where(condition) for condition in conditions)))).all()


async def states_of_runs(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """Returns the columns ``CHANGING`` of those of the runs that exist."""
    query = select(*CHANGING).where(among(tunix_runs.c.id, ids, session.dialect.name))
    return (await session.execute(query)).all()


async def runs_among(
    session: Session,
    ids: Sequence[uuid.UUID],
    columns: Sequence[Column[Any]],
    conditions: Sequence[ColumnElement[bool]] = (),
) -> Sequence[Row[Any]]:
    """Returns the runs among some ids that meet all conditions, oldest first."""
    query = select(*columns).where(among(tunix_runs.c.id, ids, session.dialect.name), *conditions)
    return (await session.execute(query.order_by(tunix_runs.c.created_at, tunix_runs.c.id))).all()


async def get_run(session: Session, name_or_uuid: str) -> Row[Any]:
    """Returns the row of the run with a UUID or an output name.

    Raises:
        UnknownName: there is none.
    """
    try:
        condition = tunix_runs.c.id == uuid.UUID(name_or_uuid)
    except ValueError:
        condition = tunix_runs.c.output_name == name_or_uuid
    is_storable = text_error(name_or_uuid) is None
    row = (await session.execute(select(tunix_runs).where(condition))).one_or_none() if is_storable else None
    if row is None:
        raise UnknownName("run", name_or_uuid)
    return row


async def stored_config(session: Session, run_id: uuid.UUID) -> RunConfig | None:
    """Returns the parameters of a run of this server; None if it was deleted, or has none."""
    found = (await session.execute(select(tunix_runs.c.config).where(tunix_runs.c.id == run_id))).scalar()
    return None if found is None else config_of(found)
