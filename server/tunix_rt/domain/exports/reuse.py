"""Reuse of exports: finds an equal export of a dataset that is complete or in progress."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.models import exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.files import storage_key
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.storage.base import Storage

CANDIDATES = 50
"""The number of a dataset's newest exports that are considered for reuse."""

LEAST_LEFT = timedelta(hours=1)
"""The minimum time before a file's expiry, so that the caller has time to use it."""

COLUMNS = [exports.c[name] for name in ("id", "status", "path", "expires_at", "options", "error_code", "error_message")]
USABLE = [status.value for status in (JobStatus.PENDING, JobStatus.RUNNING, JobStatus.COMPLETED)]


async def exports_like(
    session: Session, dataset_id: uuid.UUID, format_: ExportFormat, container: Container, options: FormatOptions
) -> list[Row[Any]]:
    """Returns the exports of a dataset with the same format, container and options, newest first."""
    query = (
        select(*COLUMNS)
        .where(
            exports.c.dataset_id == dataset_id,
            exports.c.format == format_.value,
            exports.c.container == container.value,
            exports.c.status.in_(USABLE),
        )
        .order_by(exports.c.created_at.desc(), exports.c.id.desc())
        .limit(CANDIDATES)
    )
    rows = (await session.execute(query)).all()
    return [row for row in rows if FormatOptions(**row.options) == options]


async def export_row(session: Session, export_id: uuid.UUID) -> Row[Any] | None:
    """Returns the row of an export; None if it was deleted."""
    return (await session.execute(select(*COLUMNS).where(exports.c.id == export_id))).one_or_none()


async def best_of(rows: Sequence[Row[Any]], storage: Storage, at: datetime) -> Row[Any] | None:
    """Returns the newest export whose file does not expire soon, else the newest in progress.

    Raises:
        Unavailable: the storage cannot be reached.
    """
    for row in rows:
        if row.status == JobStatus.COMPLETED.value and await is_kept(row, storage, at):
            return row
    return next((row for row in rows if row.status != JobStatus.COMPLETED.value), None)


async def is_kept(row: Row[Any], storage: Storage, at: datetime) -> bool:
    """Returns whether the file of a completed export exists and does not expire soon."""
    if row.path is None or (row.expires_at is not None and row.expires_at < at + LEAST_LEFT):
        return False
    return await storage.find(storage_key(row.path)) is not None
