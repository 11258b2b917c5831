"""Lookups of datasets by key or UUID, with the errors of a missing or unfinished one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.models import datasets
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.datasets import not_completed
from tunix_rt.domain.names.unknown import UnknownName
from tunix_rt.domain.text import text_error
from tunix_rt.errors import NotFound, PathPart


async def find_dataset_id(session: Session, key: str) -> uuid.UUID | None:
    """Returns the id of the dataset with a key; None if there is none."""
    if text_error(key) is not None:  # no database can store it, and PostgreSQL refuses to look it up
        return None
    return (await session.execute(select(datasets.c.id).where(datasets.c.key == key))).scalar()


async def dataset_id_by_key(session: Session, key: str, path: Sequence[PathPart] = ("datasetId",)) -> uuid.UUID:
    """Returns the id of the dataset with a key.

    Raises:
        UnknownName: there is none.
    """
    found = await find_dataset_id(session, key)
    if found is None:
        raise UnknownName("dataset", key, path)
    return found


async def resolve_dataset_id(session: Session, key_or_uuid: str) -> uuid.UUID:
    """Returns the id for a key or a UUID; a UUID is not looked up.

    Raises:
        UnknownName: the text is neither the key of a dataset nor a UUID.
    """
    try:
        return await dataset_id_by_key(session, key_or_uuid, ())
    except NotFound:
        try:
            return uuid.UUID(key_or_uuid)
        except ValueError:
            pass
        raise


async def completed_dataset(session: Session, dataset_id: uuid.UUID, path: Sequence[PathPart] = ("id",)) -> Row[Any]:
    """Returns the row of a completed dataset.

    Args:
        path: the path of the input field that holds the id.

    Raises:
        NotFound: there is no such dataset.
        Conflict: it is not COMPLETED.
    """
    row = (await session.execute(select(datasets).where(datasets.c.id == dataset_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no dataset {dataset_id}.", path)
    if row.status != JobStatus.COMPLETED.value:
        raise not_completed(row.key, JobStatus(row.status), path)
    return row


async def completed_dataset_key(session: Session, dataset_id: uuid.UUID) -> str:
    """Returns the key of the completed dataset of ``datasetId``; raises as ``completed_dataset`` does."""
    key: str = (await completed_dataset(session, dataset_id, ["datasetId"])).key
    return key
