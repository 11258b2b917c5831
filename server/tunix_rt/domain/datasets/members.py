"""Members: what a dataset remembers of each trace, and where they wait between being chosen and being stored."""

from __future__ import annotations

import hashlib
import struct
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.models import dataset_traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.storage import kept

RECORD = struct.Struct("16s32s32s")
HELD_BYTES = 8 * 1024 * 1024
BATCH = 5000
MEMBERS = "The members"


class Member(NamedTuple):
    """A trace's place in a dataset: its id, and the sha256 of its content and of its prompt at that time."""

    trace_id: uuid.UUID
    content_hash: bytes
    prompt_hash: bytes


class Spool:
    """Members in order, in a file without a name beyond 8 MiB, so that millions take no memory.

    Args:
        folder: where that file is to be.

    Raises:
        Unavailable: the folder cannot be written, or its disk is full.
    """

    def __init__(self, folder: Path) -> None:
        with kept(MEMBERS):
            folder.mkdir(parents=True, exist_ok=True)
        # Closed by ``close``.
        self._file = tempfile.SpooledTemporaryFile(max_size=HELD_BYTES, dir=str(folder))  # noqa: SIM115
        self._digest = hashlib.sha256()
        self.count = 0

    @property
    def sha256(self) -> str:
        """The digest, in hex, of the members' content hashes (32 bytes each) in order: equal for equal content."""
        return self._digest.hexdigest()

    def add(self, members: Sequence[Member]) -> None:
        """Appends members; raises as the spool itself does."""
        with kept(MEMBERS):
            self._file.write(b"".join(RECORD.pack(found.trace_id.bytes, *found[1:]) for found in members))
        self._digest.update(b"".join(found.content_hash for found in members))
        self.count += len(members)

    def batches(self, size: int = BATCH) -> Iterator[list[Member]]:
        """All members from the first, ``size`` at a time."""
        self._file.seek(0)
        while piece := self._file.read(RECORD.size * size):
            yield [
                Member(uuid.UUID(bytes=trace_id), content, prompt)
                for trace_id, content, prompt in RECORD.iter_unpack(piece)
            ]

    def close(self) -> None:
        """Gives the file back."""
        self._file.close()


async def store_members(session: Session, dataset_id: uuid.UUID, spool: Spool) -> None:
    """Stores the members of a new dataset."""
    position = 0
    for batch in spool.batches():
        rows = [
            {"dataset_id": dataset_id, "position": place, **member._asdict()}
            for place, member in enumerate(batch, start=position)
        ]
        await insert_rows(session, dataset_traces, rows)
        position += len(batch)


async def stored_members(database: Database, dataset_id: uuid.UUID, rows: int = BATCH) -> AsyncIterator[Sequence[Any]]:
    """The members of a dataset in order, at most ``rows`` at a time: each a row of position and a member's fields."""
    place = -1
    columns = (dataset_traces.c.position, *(dataset_traces.c[name] for name in Member._fields))
    while True:
        query = (
            select(*columns)
            .where(dataset_traces.c.dataset_id == dataset_id, dataset_traces.c.position > place)
            .order_by(dataset_traces.c.position)
            .limit(rows)
        )
        async with database.read() as session:
            found: Sequence[Any] = (await session.execute(query)).all()
        if found:
            yield found
        if len(found) < rows:
            return
        place = found[-1].position
