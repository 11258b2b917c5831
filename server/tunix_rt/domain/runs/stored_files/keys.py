"""The keys of a run's files in the storage, and which of them the database names."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.storage.base import CLAIM, AttemptFolder, Storage

KIND = "artifacts"


class ArtifactRow(msgspec.Struct, frozen=True):
    """The row of an artifact.

    Args:
        attempt: the attempt whose folder in the storage has it; None if only the run's folder has.
        step: the checkpoint's step; None for other artifacts.
        sha256: None for a folder, such as a checkpoint.
    """

    id: uuid.UUID
    run_id: uuid.UUID
    attempt: int | None
    name: str
    kind: str
    step: int | None
    byte_size: int
    sha256: str | None


def storage_folder(run_id: uuid.UUID, attempt: int | None = 0) -> AttemptFolder:
    """Returns the folder of an attempt in the storage."""
    return AttemptFolder(KIND, run_id, attempt or 0)


def storage_key(row: ArtifactRow | Row[Any]) -> str:
    """Returns the key of a stored artifact, of which ``run_id attempt name`` are known."""
    return storage_folder(row.run_id, row.attempt).key(row.name)


async def artifact_rows(session: Session, run_id: uuid.UUID) -> list[ArtifactRow]:
    """Returns the artifacts of a run, by name."""
    columns = (run_artifacts.c[name] for name in ArtifactRow.__struct_fields__)
    query = select(*columns).where(run_artifacts.c.run_id == run_id)
    return [ArtifactRow(*row) for row in await session.execute(query.order_by(run_artifacts.c.name))]


async def stored_rows(database: Database, run_id: uuid.UUID) -> list[ArtifactRow]:
    """Returns the artifacts of a run that are in the storage, by name.

    Raises:
        Unavailable, RequestTimeout: the database is unreachable.
    """
    async with database.read() as session:
        return [row for row in await artifact_rows(session, run_id) if row.attempt is not None]


async def keys_in_use(session: Session, keys: Sequence[str]) -> set[str]:
    """Returns the keys that have an artifact's file, or under which a running attempt may store one."""
    folders = {key: folder for key in keys if (folder := AttemptFolder.of(key)) is not None}
    ids = list({folder.job_id for folder in folders.values()})
    runs = select(tunix_runs.c.id, tunix_runs.c.attempt).where(
        among(tunix_runs.c.id, ids, session.dialect.name), tunix_runs.c.status == JobStatus.RUNNING.value
    )
    running = {storage_folder(*row) for row in await session.execute(runs)}
    columns = (run_artifacts.c.run_id, run_artifacts.c.attempt, run_artifacts.c.name)
    stored = select(*columns).where(
        among(run_artifacts.c.run_id, ids, session.dialect.name), run_artifacts.c.attempt.is_not(None)
    )
    names: dict[AttemptFolder, set[str]] = defaultdict(set)
    for row in await session.execute(stored):
        names[storage_folder(row.run_id, row.attempt)].add(row.name)
    return {key for key, folder in folders.items() if folder in running or is_named(key, folder, names[folder])}


def is_named(key: str, folder: AttemptFolder, names: set[str]) -> bool:
    """Returns whether a key belongs to one of the named files and checkpoints, or claims their folder."""
    path = key.removeprefix(f"{folder.path}/")
    if path == CLAIM:
        return bool(names)
    parts = path.split("/")
    return any("/".join(parts[:length]) in names for length in range(1, len(parts) + 1))


async def remove_unused(database: Database, storage: Storage, run_id: uuid.UUID) -> None:
    """Removes the stored files of a run that its artifacts do not name: those of lost attempts, and replaced ones.

    The storage is listed before the database is read, as for orphans.

    Raises:
        Unavailable, RequestTimeout: the storage or the database is unreachable.
        StorageFailed: the storage refuses.
    """
    keys = [stored.key async for stored in storage.objects(storage_folder(run_id).job_folder)]
    async with database.read() as session:
        used = await keys_in_use(session, keys)
    if unused := [key for key in keys if key not in used]:
        await storage.remove_files(unused)
