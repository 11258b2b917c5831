"""Transfers the original's datasets after their traces, with the same members in the same order."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from tunix_rt.db.bulk import chunks
from tunix_rt.db.models import datasets, traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.building import Builder, store
from tunix_rt.domain.datasets.lookup import find_dataset_id
from tunix_rt.domain.datasets.members import BATCH
from tunix_rt.domain.datasets.sampling import facts_of
from tunix_rt.domain.imports.importing import ImportReport, OnError
from tunix_rt.errors import BadUserInput, TunixRtError
from tunix_rt.integrations.original.identity import existing_in, stored_ids
from tunix_rt.integrations.original.manifests import OriginalManifest, manifests_in, read_manifest
from tunix_rt.integrations.original.rows import draft_of
from tunix_rt.integrations.original.source import Original


@dataclass(frozen=True)
class DatasetFolders:
    """The folder to read datasets from, and the folder for their spools."""

    original: Path
    spool: Path


async def transfer_datasets(
    database: Database,
    original: Original,
    folders: DatasetFolders,
    max_bytes: int,
    on_error: OnError,
    report: ImportReport,
) -> None:
    """Stores the datasets of a folder, oldest first, except those stored before (with the same key and build).

    With ``OnError.STOP`` it ends at the first that is refused; none is stored if a manifest cannot be read.

    Raises:
        BadUserInput: there is no such folder.
        Unavailable: a database became unavailable.
    """
    for path, manifest in await asyncio.to_thread(readable, manifests_in(folders.original), report):
        if on_error is OnError.STOP and report.rejected:
            break
        try:
            is_new = await transfer_dataset(database, original, manifest, folders.spool, max_bytes)
            report.added += is_new
            report.duplicates += not is_new
        except BadUserInput as error:
            report.refuse(report.lines, error, f"dataset {path.parent.name}")
    report.stopped = on_error is OnError.STOP and report.rejected > 0


def readable(paths: Sequence[Path], report: ImportReport) -> list[tuple[Path, OriginalManifest]]:
    """Returns the readable manifests, oldest first, so that parents come before their children."""
    found: list[tuple[Path, OriginalManifest]] = []
    for path in paths:
        report.lines += 1
        try:
            found.append((path, read_manifest(path)))
        except BadUserInput as error:
            report.refuse(report.lines, error, f"dataset {path.parent.name}")
    return sorted(found, key=lambda pair: pair[1].created_at)


async def transfer_dataset(
    database: Database, original: Original, manifest: OriginalManifest, spool_folder: Path, max_bytes: int
) -> bool:
    """Stores a dataset and returns whether it was new.

    Raises:
        BadUserInput: a member is not stored here, or another dataset has the key.
    """
    if await is_here(database, manifest):
        return False
    members = await members_here(database, original, manifest.trace_ids, max_bytes)
    builder = Builder(spool_folder)
    try:
        for part in chunks([member.hex for member in members], BATCH):
            await builder.add(database, await facts_of(database, part))
        built = builder.build(BadUserInput("The dataset has no members.", ["trace_ids"]))
        async with database.write() as session:
            parent = None if manifest.parent is None else await find_dataset_id(session, manifest.parent)
            row = await store(session, replace(manifest.title, parent_id=parent), manifest.recipe, built)
            times = dict.fromkeys(("created_at", "started_at", "completed_at"), manifest.created_at)
            own = {"build_id": manifest.build_id, **times}
            await session.execute(update(datasets).where(datasets.c.id == row["id"]).values(own))
    finally:
        builder.spool.close()
    return True


async def is_here(database: Database, manifest: OriginalManifest) -> bool:
    """Returns whether a dataset was transferred before.

    Raises:
        BadUserInput: another dataset has its key.
    """
    query = select(datasets.c.build_id).where(datasets.c.key == manifest.title.key)
    async with database.read() as session:
        found = (await session.execute(query)).scalar()
    if found is not None and found != manifest.build_id:
        raise BadUserInput(f"Another dataset here has the key {manifest.title.key!r}.", ["dataset_key"])
    return found is not None


async def members_here(
    database: Database, original: Original, ids: Sequence[uuid.UUID], max_bytes: int
) -> list[uuid.UUID]:
    """Returns the ids of a dataset's members here: the original ids, or those of equal traces.

    Raises:
        BadUserInput: some members are not stored here.
    """
    async with database.read() as session:
        here = {found: found for found in await existing_in(session, traces, set(ids))}
        async for rows in original.traces_of([found for found in ids if found not in here]):
            here |= await twins_of(session, rows, max_bytes)
    missing = [found for found in ids if found not in here]
    if missing:
        raise BadUserInput(f"{len(missing)} of its {len(ids)} traces are not here, first {missing[0]}.", ["trace_ids"])
    return [here[found] for found in ids]


async def twins_of(session: Session, rows: Sequence[dict[str, Any]], max_bytes: int) -> dict[uuid.UUID, uuid.UUID]:
    """Returns the ids here for the ids of the original's rows, without rows that are not stored or cannot be read."""
    drafts = []
    for row in rows:
        try:
            drafts.append(draft_of(row, max_bytes))
        except TunixRtError:
            continue
    return await stored_ids(session, drafts, {draft.id for draft in drafts if draft.id is not None})
