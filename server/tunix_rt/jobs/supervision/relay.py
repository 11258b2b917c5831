"""The relay: copies the trainer's files to the database, each line once and in order.

The relayed positions are a column of the run (``read_to``), written in the transaction that stores the lines. So the
relay resumes from there after a crash or an outage of the database, and keeps only one batch in memory. The column also
has the positions in the run's folders on other machines, to which a later attempt may return.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.queue import Hold, held
from tunix_rt.domain.replays.receipts import ReceiptPart, WeightsHash, store_receipts
from tunix_rt.domain.runs.events import Entry, LogLine, StatePoint, append
from tunix_rt.domain.runs.files import STDERR_FILE, STDOUT_FILE
from tunix_rt.jobs.supervision.events import Artifact, EventBatch, TrainingPosition, event_of, read_event
from tunix_rt.jobs.supervision.lines import LineFile, text_of
from tunix_rt.trainer.contract import EVENTS_FILE, ArtifactKind

FILES = {"stdout": STDOUT_FILE, "stderr": STDERR_FILE, "events": EVENTS_FILE}
RENEWALS = 6
"""The number of lease renewals within the duration of a lease."""

RECORD_PROGRESS = 0.001
RECORD_AFTER = timedelta(seconds=10)
"""A progress becomes an event after this much progress or time since the last one; the run's row has every progress."""

STREAMS = {"stdout": LogStream.STDOUT, "stderr": LogStream.STDERR}


@dataclass(frozen=True)
class Batch:
    """Rows read from the files, and the positions after them."""

    entries: list[Entry]
    artifacts: list[Artifact]
    receipts: list[ReceiptPart]
    weights: list[WeightsHash]
    place: TrainingPosition
    read_to: dict[str, Any]


class Relay:
    """Relays the files of one run.

    Args:
        identity: the folder's identity; the stored positions of each folder are separate.
        attempt: the attempt that the lines belong to.
        redact: redacts a line before it is stored.
    """

    def __init__(
        self,
        database: Database,
        hold: Hold,
        folder: Path,
        identity: str,
        lease: timedelta,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.attempt = hold.attempt
        self.place = TrainingPosition()
        self._database = database
        self._hold = hold
        self._folder = folder
        self._identity = identity
        self._lease = lease
        self._redact = redact
        self._files = {name: LineFile(folder / file) for name, file in FILES.items()}
        self._read_to: dict[str, Any] = {}
        self._others: dict[str, Any] = {}
        self._pending: Batch | None = None
        self._recorded: StatePoint | None = None
        self._renew_at = 0.0

    async def begin(self) -> None:
        """Reads from the database how far the files have been relayed.

        Raises:
            Unavailable: the database is unreachable.
        """
        known = await self._known()
        self._others = dict(known.pop("others", {}))
        if "folder" in known:
            self._others[known.pop("folder")] = known
        here = self._others.pop(self._identity, {})
        for name, file in self._files.items():
            file.offset = int(here.get(name, 0))
        self._read_to = self._offsets()

    async def pass_on(self, *, last: bool = False) -> int | None:
        """Relays one batch, and renews the lease when it is time.

        Args:
            last: nothing more will be written to the files.

        Returns:
            The number of stored events; None if the hold is lost.

        Raises:
            Unavailable, RequestTimeout: the database is unreachable; the next call relays the same batch.
        """
        if self._pending is not None and await self._known() == self._pending.read_to:
            self._stored(self._pending)  # it was stored, and only the answer was lost
        batch = self._pending or self._read(last=last)
        if batch.read_to == self._read_to and time.monotonic() < self._renew_at:
            return 0
        self._pending = batch
        async with self._database.write() as session:
            if not await self._store(session, batch):
                return None
        self._stored(batch)
        return len(batch.entries)

    def _read(self, *, last: bool) -> Batch:
        parsed = EventBatch(replace(self.place), self._hold.attempt)
        at = now()
        for name, stream in STREAMS.items():
            parsed.entries += [
                LogLine(at, self.attempt, stream, self._redact(text_of(line)))
                for line in self._files[name].take(last=last)
            ]
        for line in self._files["events"].take():  # a last event without its end is half an event
            if (event := event_of(line)) is not None:
                read_event(event, self.attempt, self._folder, parsed)
        if parsed.progress_point is not None and not is_worth_recording(self._recorded, parsed.progress_point):
            parsed.progress_point = None
        return Batch(parsed.close(), parsed.artifacts, parsed.receipts, parsed.weights, parsed.place, self._offsets())

    def _offsets(self) -> dict[str, Any]:
        here = {"folder": self._identity} | {name: file.offset for name, file in self._files.items()}
        return here | {"others": self._others} if self._others else here

    async def _store(self, session: Session, batch: Batch) -> bool:
        columns = {
            "lease_expires_at": await instant(session) + self._lease,
            "engine_ref": f"{socket.gethostname()}:{os.getpid()}",
            "read_to": batch.read_to,
            **batch.place.columns(),
        }
        if not await append(session, self._hold.id, batch.entries, held(tunix_runs, self._hold), **columns):
            return False
        await store_artifacts(session, self._hold, batch.artifacts)
        await store_receipts(session, self._hold.id, batch.receipts, batch.weights)
        if any(found.kind is ArtifactKind.CHECKPOINT for found in batch.artifacts):
            await forget_checkpoints(session, self._hold, self._folder)
        return True

    def _stored(self, batch: Batch) -> None:
        self.place, self._read_to, self._pending = batch.place, batch.read_to, None
        self._recorded = next((entry for entry in batch.entries[-1:] if isinstance(entry, StatePoint)), self._recorded)
        self._renew_at = time.monotonic() + self._lease.total_seconds() / RENEWALS

    async def _known(self) -> dict[str, Any]:
        query = select(tunix_runs.c.read_to).where(tunix_runs.c.id == self._hold.id)
        async with self._database.read() as session:
            return dict((await session.execute(query)).scalar() or {})


def is_worth_recording(last: StatePoint | None, point: StatePoint) -> bool:
    """Returns whether a progress becomes an event: a run of a week reports a million of them."""
    if last is None or last.attempt != point.attempt or point.step == point.total_steps:
        return True
    return point.progress - last.progress >= RECORD_PROGRESS or point.at - last.at >= RECORD_AFTER


async def store_artifacts(session: Session, hold: Hold, artifacts: list[Artifact]) -> None:
    """Stores artifacts; each replaces an earlier one of the same name."""
    newest = {found.name: found for found in artifacts}
    if not newest:
        return
    mine = run_artifacts.c.run_id == hold.id
    await session.execute(delete(run_artifacts).where(mine, run_artifacts.c.name.in_(list(newest))))
    at = now()
    rows = [
        {
            "id": new_id(),
            "run_id": hold.id,
            "name": found.name,
            "kind": found.kind.value,
            "step": found.step,
            "byte_size": found.byte_size,
            "sha256": found.sha256,
            "created_at": at,
            "attempt": found.attempt,
        }
        for found in newest.values()
    ]
    await session.execute(insert(run_artifacts), rows)


async def forget_checkpoints(session: Session, hold: Hold, folder: Path) -> None:
    """Deletes the rows of checkpoints that no longer exist: the trainer keeps the newest few.

    One that earlier attempts have stored need not be in the folder, as this may be another machine. It is deleted once
    the folder has a newer one.
    """
    table = run_artifacts.c
    mine = (table.run_id == hold.id) & (table.kind == ArtifactKind.CHECKPOINT.value)
    rows = (await session.execute(select(table.name, table.step, table.attempt).where(mine))).all()
    here = {row.name for row in rows if (folder / row.name).exists()}
    newest = max((row.step or 0 for row in rows if row.name in here), default=0)
    gone = [
        row.name
        for row in rows
        if row.name not in here and (row.attempt in {None, hold.attempt} or (row.step or 0) < newest)
    ]
    if gone:
        await session.execute(delete(run_artifacts).where(mine, table.name.in_(gone)))
