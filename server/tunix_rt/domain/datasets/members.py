"""Members: the facts that a dataset keeps of each trace, and the spool between selection and storage."""

from __future__ import annotations

import hashlib
import struct
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select

from tunix_rt.db.bulk import insert_columns
from tunix_rt.db.columns import id_text
from tunix_rt.db.models import dataset_traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.data_folder import explain_write_errors
from tunix_rt.domain.datasets.lookup import completed_dataset

RECORD = struct.Struct("16s32s32s")
HELD_BYTES = 8 * 1024 * 1024
BATCH = 5000
MEMBERS = "The members"


class Member(NamedTuple):
    """A trace as a member: its id, and the sha256 of its content and of its prompt at the time of selection.

    Args:
        trace_id: 32 hex digits; creating a UUID object for each of a million traces takes longer than reading them.
    """

    trace_id: str
    content_hash: bytes
    prompt_hash: bytes


class Spool:
    """A sequence of members, kept in an unnamed file beyond 8 MiB, so that memory stays bounded.

    Args:
        folder: holds the file.

    Raises:
        Unavailable: the folder cannot be written, or its disk is full.
    """

    def __init__(self, folder: Path) -> None:
        with explain_write_errors(MEMBERS):
            folder.mkdir(parents=True, exist_ok=True)
        # Closed by ``close``.
        self._file = tempfile.SpooledTemporaryFile(max_size=HELD_BYTES, dir=str(folder))  # noqa: SIM115
        self._digest = hashlib.sha256()
        self.count = 0

    @property
    def sha256(self) -> str:
        """The SHA-256, in hex, of the members' content hashes (32 bytes each) in order: equal for equal content."""
        return self._digest.hexdigest()

    def add(self, members: Sequence[Member]) -> None:
        """Appends members; raises as the spool itself does."""
        with explain_write_errors(MEMBERS):
            self._file.write(b"".join(RECORD.pack(bytes.fromhex(found.trace_id), *found[1:]) for found in members))
        self._digest.update(b"".join(found.content_hash for found in members))
        self.count += len(members)

    def batches(self, size: int = BATCH) -> Iterator[list[Member]]:
        """Yields all members from the first, ``size`` at a time."""
        self._file.seek(0)
        while piece := self._file.read(RECORD.size * size):
            yield [Member(trace_id.hex(), content, prompt) for trace_id, content, prompt in RECORD.iter_unpack(piece)]

    def close(self) -> None:
        """Closes and removes the file."""
        self._file.close()


async def store_members(session: Session, dataset_id: uuid.UUID, spool: Spool) -> None:
    """Stores the members of a new dataset."""
    position = 0
    for batch in spool.batches():
        await append_members(session, dataset_id, position, batch)
        position += len(batch)


async def append_members(
    session: Session, dataset_id: uuid.UUID, position: int, members: Sequence[tuple[str, bytes, bytes]]
) -> None:
    """Stores members of a dataset from ``position`` on; each has the fields of a ``Member``."""
    await append_columns(session, dataset_id, position, *zip(*members, strict=True))


async def append_columns(
    session: Session,
    dataset_id: uuid.UUID,
    position: int,
    trace_ids: Sequence[str],
    content_hashes: Sequence[bytes],
    prompt_hashes: Sequence[bytes],
) -> None:
    """Stores members of a dataset from ``position`` on, given as one list for each field of a ``Member``."""
    count = len(trace_ids)
    columns: dict[str, Sequence[Any]] = {
        "dataset_id": [dataset_id.hex] * count,
        "position": range(position, position + count),
        "trace_id": trace_ids,
        "content_hash": content_hashes,
        "prompt_hash": prompt_hashes,
    }
    await insert_columns(session, dataset_traces, columns)


async def remove_members(session: Session, dataset_id: uuid.UUID, maximum: int) -> int:
    """Removes at most ``maximum`` members from the end of a dataset and returns their number."""
    mine = dataset_traces.c.dataset_id == dataset_id
    last = (await session.execute(select(func.max(dataset_traces.c.position)).where(mine))).scalar()
    if last is None:
        return 0
    removed = await session.execute(delete(dataset_traces).where(mine, dataset_traces.c.position > last - maximum))
    return removed.rowcount


async def stored_members(database: Database, dataset_id: uuid.UUID, rows: int = BATCH) -> AsyncIterator[Sequence[Any]]:
    """Yields the members of a completed dataset in order, at most ``rows`` at a time; a row has the position and the
    fields of ``Member``.

    Raises:
        NotFound: there is no such dataset, or no longer: one that was deleted must not seem to end there.
    """
    position = -1
    members = dataset_traces.c
    trace_id = id_text(members.trace_id, database.kind).label("trace_id")
    columns = (members.position, trace_id, members.content_hash, members.prompt_hash)
    while True:
        query = (
            select(*columns)
            .where(dataset_traces.c.dataset_id == dataset_id, dataset_traces.c.position > position)
            .order_by(dataset_traces.c.position)
            .limit(rows)
        )
        async with database.read() as session:
            found: Sequence[Any] = (await session.execute(query)).all()
            if len(found) < rows:
                await completed_dataset(session, dataset_id, ())
        if found:
            yield found
        if len(found) < rows:
            return
        position = found[-1].position
