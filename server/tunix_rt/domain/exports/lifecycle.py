"""Exports: jobs in the ledger that write traces to a file.

This module inserts, cancels, retries and deletes exports, and writes their events. ``sources`` reads their traces,
``files`` has the paths of their files, and the process that writes them is ``jobs.exports.process``.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, insert, select, update

from tunix_rt.db.identity import new_id
from tunix_rt.db.membership import among
from tunix_rt.db.models import export_events, exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.lookup import completed_dataset_key
from tunix_rt.domain.exports.containers import Container, get_container_type
from tunix_rt.domain.exports.files import storage_folder, storage_key
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.option_checks import check_options
from tunix_rt.domain.exports.records import ExportReader
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.exports.sources import OfDataset, OfSelection, OfTraces, Source
from tunix_rt.domain.jobs.histories import JobHistory
from tunix_rt.domain.jobs.ledger import LEASE, delete_idle, new_job
from tunix_rt.domain.jobs.limits import limit_jobs
from tunix_rt.domain.storage.base import AttemptFolder
from tunix_rt.domain.text import quantity
from tunix_rt.domain.traces.storage import existing_ids, last_seq
from tunix_rt.errors import BadUserInput, NotFound, ValidationErrors

TRACES_MAX = 10_000
REPORTED_ERRORS = 100
STEM_MAX_BYTES = 200
"""The maximum of a file's name before its format: file systems take names of 255 bytes, and some programs add to it."""
EXPORT_HISTORY = JobHistory(exports, export_events, "export_id", ("row_count", "byte_size"))


@dataclass(frozen=True)
class ExportRequest:
    """The source, format, container and options of an export."""

    source: Source
    format: ExportFormat
    container: Container
    options: FormatOptions

    @property
    def reader(self) -> ExportReader:
        """Reads the records."""
        return ExportReader(self.format, self.options)

    def rows(self, database: Database, wait_limit: float = 0.0) -> DatabaseRows:
        """Returns the rows of the source in the database, which are retried for some seconds if that is away."""
        return DatabaseRows(database, self.source, self.format, self.options, wait_limit)


async def fixed_request(session: Session, request: ExportRequest) -> ExportRequest:
    """Returns an executable request: its references exist, and its selection is fixed as of now.

    Raises:
        NotFound: the dataset or a trace does not exist.
        Conflict: the dataset is not completed.
        BadUserInput: the filter is invalid.
        Unavailable: a package that the container needs is not installed.
    """
    get_container_type(request.container).require()
    check_options(request.format, request.container, request.options)
    return replace(request, source=await fixed_source(session, request.source))


async def fixed_source(session: Session, source: Source) -> Source:
    """Returns a source that exists; a selection is fixed as of now. Raises as ``fixed_request`` does."""
    if isinstance(source, OfTraces):
        await require_traces(session, source.ids)
    elif isinstance(source, OfDataset):
        await completed_dataset_key(session, source.dataset_id)
    else:
        source.selection.conditions(session.dialect.name)
        return OfSelection(msgspec.structs.replace(source.selection, as_of=await last_seq(session)))
    return source


async def require_traces(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """Checks that traces exist.

    Raises:
        ValidationErrors: some traces do not exist; has a NotFound for each of the first 100.
    """
    if not 1 <= len(ids) <= TRACES_MAX:
        raise BadUserInput(f"traceIds must have 1 to {TRACES_MAX} ids; it has {len(ids)}.", ["traceIds"])
    there = await existing_ids(session, set(ids))
    unknown = [position for position, value in enumerate(ids) if value not in there]
    if unknown:
        raise ValidationErrors(
            [
                NotFound(f"There is no trace {ids[position]}.", ["traceIds", position])
                for position in unknown[:REPORTED_ERRORS]
            ]
        )


async def enter_export(session: Session, request: ExportRequest, at: datetime) -> dict[str, Any]:
    """Inserts a fixed request as a pending job and returns its row.

    Raises:
        NotFound: the dataset has been deleted in the meantime.
        RateLimited: as ``limit_jobs`` does.
    """
    export_id, dataset_id, stem = new_id(), None, ""
    if isinstance(request.source, OfDataset):
        dataset_id = request.source.dataset_id
        stem = await completed_dataset_key(session, dataset_id)
    row = new_job(at) | {
        "id": export_id,
        "dataset_id": dataset_id,
        "format": request.format.value,
        "container": request.container.value,
        "file_name": file_name(stem or f"traces-{export_id}", request.format, request.container),
        "row_count": 0,
        "missing_count": 0,
        "skipped_count": 0,
        "byte_size": 0,
        "sha256": None,
        "path": None,
        "expires_at": None,
        "options": asdict(request.options),
        "recipe": msgspec.to_builtins(request.source),
    }
    await session.execute(insert(exports), [row])
    await EXPORT_HISTORY.append(session, export_id, at)
    await limit_jobs(session, row["created_by"])
    return row


def warnings_of(status: JobStatus, row_count: int, missing_count: int, skipped_count: int) -> list[str]:
    """Returns warnings about a completed export's file."""
    if status is not JobStatus.COMPLETED:
        return []
    if skipped_count:
        return [f"{quantity(skipped_count, 'trace')} without a score by the scorer left out."]
    if row_count:
        return []
    if missing_count:
        return [f"The file has no records: {quantity(missing_count, 'trace')} deleted before the export."]
    return ["The file has no records: no trace matches, or those that match make none."]


def file_name(stem: str, format_: ExportFormat, container: Container) -> str:
    """Returns the name of an export's file; only the beginning of a long stem is in it."""
    short = stem.encode()[:STEM_MAX_BYTES].decode(errors="ignore")
    return f"{short}.{format_.value}{get_container_type(container).suffix}"


def request_of(row: Row[Any]) -> ExportRequest:
    """Returns the request that a row stores."""
    return ExportRequest(
        msgspec.convert(row.recipe, Source),
        ExportFormat(row.format),
        Container(row.container),
        FormatOptions(**row.options),
    )


async def cancel_export(session: Session, export_id: uuid.UUID, at: datetime, lease: timedelta = LEASE) -> None:
    """Cancels an export: at once if it is pending or its process is gone, else by asking the process to stop.

    Args:
        at: the time by the database's clock.
        lease: the duration of the process's lease.

    Raises:
        NotFound, Conflict: as ``request_cancel`` does.
    """
    await EXPORT_HISTORY.cancel(session, export_id, at, lease)


async def retry_export(session: Session, export_id: uuid.UUID, at: datetime) -> None:
    """Sets a failed, timed out or cancelled export to pending again.

    Raises:
        NotFound, Conflict: as ``retry`` does.
    """
    await EXPORT_HISTORY.retry(session, export_id, at, row_count=0, missing_count=0, skipped_count=0, byte_size=0)


async def delete_export(session: Session, export_id: uuid.UUID) -> None:
    """Deletes an export and its events; the caller removes its folder after the commit.

    Raises:
        NotFound: there is no such export.
        Conflict: it is running.
    """
    await delete_idle(session, exports, export_id)


async def export_file_of(session: Session, export_id: uuid.UUID) -> Row[Any] | None:
    """Returns a row ``path sha256 byte_size container file_name``, with a path of None if the file was removed.

    Returns None if there is no such export.
    """
    columns = [exports.c[name] for name in ("path", "sha256", "byte_size", "container", "file_name")]
    return (await session.execute(select(*columns).where(exports.c.id == export_id))).one_or_none()


def has_expired(at: datetime) -> ColumnElement[bool]:
    """Selects the exports whose file has expired but is not removed."""
    return exports.c.path.is_not(None) & (exports.c.expires_at < at)


async def any_expired(session: Session, at: datetime) -> bool:
    """Returns whether the file of an export has expired."""
    return (await session.execute(select(exports.c.id).where(has_expired(at)).limit(1))).first() is not None


async def expire_exports(session: Session, at: datetime) -> list[uuid.UUID]:
    """Clears the paths of expired exports and returns their ids; the caller removes the folders."""
    query = update(exports).where(has_expired(at)).values(path=None).returning(exports.c.id)
    return list((await session.execute(query)).scalars())


async def keys_in_use(session: Session, keys: Sequence[str]) -> set[str]:
    """Returns the keys whose folder has an export's file, or may get one from a running attempt."""
    folders = {key: folder for key in keys if (folder := AttemptFolder.of(key)) is not None}
    columns = [exports.c.id, exports.c.path, exports.c.status, exports.c.attempt]
    ids = list({folder.job_id for folder in folders.values()})
    rows = (await session.execute(select(*columns).where(among(exports.c.id, ids, session.dialect.name)))).all()
    running = {storage_folder(row.id, row.attempt) for row in rows if row.status == JobStatus.RUNNING.value}
    stored = {AttemptFolder.of(storage_key(row.path)) for row in rows if row.path is not None}
    return {key for key, folder in folders.items() if folder in running | stored}


async def ids_with_files(session: Session, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Returns the ids of exports that have a file, or are running and may be writing one."""
    busy = exports.c.path.is_not(None) | (exports.c.status == JobStatus.RUNNING.value)
    query = select(exports.c.id).where(among(exports.c.id, ids, session.dialect.name), busy)
    return set((await session.execute(query)).scalars())
