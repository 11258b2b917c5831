"""The relay: copies the trainer's files to the ledger, each line once and in order.

The relayed positions are a column of the run (``read_to``), written in the transaction that stores the lines. So the
relay resumes from there after a crash or an outage of the ledger, and keeps only one batch in memory. The column also
has the positions in the run's folders on other machines, to which a later attempt may return.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from tunix_rt.db.identity import now
from tunix_rt.db.models.runs import LogStream
from tunix_rt.domain.attempts.batches import HASH, NUMBER, Batch, TrainingPosition
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.runs.events import LogLine, StatePoint
from tunix_rt.domain.runs.files import STDERR_FILE, STDOUT_FILE
from tunix_rt.jobs.supervision.attempt import PROCESS
from tunix_rt.jobs.supervision.events import EventBatch, event_of, read_event
from tunix_rt.jobs.supervision.lines import LineFile, text_of
from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER, EVENTS_FILE, ArtifactKind

FILES = {"stdout": STDOUT_FILE, "stderr": STDERR_FILE, "events": EVENTS_FILE}
RENEWALS = 6
"""The number of lease renewals within the duration of a lease."""

RECORD_PROGRESS = 0.001
RECORD_AFTER = timedelta(seconds=10)
"""A progress becomes an event after this much progress or time since the last one; the run's row has every progress."""

STREAMS = {"stdout": LogStream.STDOUT, "stderr": LogStream.STDERR}


class BatchStore(Protocol):
    """The part of a ledger that a relay needs."""

    async def renew(self, process: str) -> HoldState:
        """See ``AttemptLedger.renew``."""

    async def store_batch(self, batch: Batch) -> HoldState:
        """See ``AttemptLedger.store_batch``."""


class Relay:
    """Relays the files of one run.

    Args:
        attempt: the attempt that holds the run; the lines belong to it unless ``lines_of`` is set to an earlier one.
        identity: the folder's identity; the stored positions of each folder are separate.
        read_to: the stored positions.
        lease_seconds: the duration of the attempt's lease.
        redact: redacts a line before it is stored.
    """

    def __init__(
        self,
        ledger: BatchStore,
        attempt: int,
        folder: Path,
        identity: str,
        read_to: Mapping[str, Any],
        lease_seconds: float,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.lines_of = attempt
        self.position = TrainingPosition()
        self._ledger = ledger
        self._attempt = attempt
        self._folder = folder
        self._identity = identity
        self._renew_seconds = lease_seconds / RENEWALS
        self._redact = redact
        known = dict(read_to)
        self._number = int(known.pop(NUMBER, 0))
        known.pop(HASH, None)
        self._others: dict[str, Any] = dict(known.pop("others", {}))
        if "folder" in known:
            self._others[known.pop("folder")] = known
        here = self._others.pop(identity, {})
        self._files = {name: LineFile(folder / file, int(here.get(name, 0))) for name, file in FILES.items()}
        self._read_to = self._offsets()
        self._pending: Batch | None = None
        self._recorded: StatePoint | None = None
        self._renew_at = 0.0

    async def pass_on(self, *, last: bool = False) -> int | None:
        """Relays one batch, and renews the lease when it is time.

        Args:
            last: nothing more will be written to the files.

        Returns:
            The number of stored events; None if the hold is lost.

        Raises:
            Unavailable, RequestTimeout: the ledger is unreachable; the next call relays the same batch.
        """
        batch = self._pending or self._read(last=last)
        if batch.read_to == self._read_to:
            return await self._renew()
        self._pending = batch
        if await self._ledger.store_batch(batch) is HoldState.LOST:
            return None
        self._confirm_stored(batch)
        return len(batch.entries)

    async def _renew(self) -> int | None:
        """Renews the lease when it is time; returns 0, or None if the hold is lost."""
        if time.monotonic() >= self._renew_at:
            if await self._ledger.renew(PROCESS) is HoldState.LOST:
                return None
            self._renew_at = time.monotonic() + self._renew_seconds
        return 0

    def _read(self, *, last: bool) -> Batch:
        parsed = EventBatch(replace(self.position), self._attempt)
        at = now()
        for name, stream in STREAMS.items():
            parsed.entries += [
                LogLine(at, self.lines_of, stream, self._redact(text_of(line)))
                for line in self._files[name].take(last=last)
            ]
        for line in self._files["events"].take():  # a last event without its end is half an event
            if (event := event_of(line)) is not None:
                read_event(event, self.lines_of, self._folder, parsed)
        if parsed.progress_point is not None and not is_worth_recording(self._recorded, parsed.progress_point):
            parsed.progress_point = None
        saved = any(found.kind is ArtifactKind.CHECKPOINT for found in parsed.artifacts)
        return Batch(
            number=self._number + 1,
            entries=parsed.close(),
            artifacts=parsed.artifacts,
            receipts=parsed.receipts,
            weights=parsed.weights,
            position=parsed.position,
            read_to=self._offsets(),
            checkpoints=checkpoints_in(self._folder) if saved else None,
            process=PROCESS,
        )

    def _offsets(self) -> dict[str, Any]:
        here = {"folder": self._identity} | {name: file.offset for name, file in self._files.items()}
        return here | {"others": self._others} if self._others else here

    def _confirm_stored(self, batch: Batch) -> None:
        self.position, self._read_to, self._pending = batch.position, batch.read_to, None
        self._number = batch.number
        self._recorded = next((entry for entry in batch.entries[-1:] if isinstance(entry, StatePoint)), self._recorded)
        self._renew_at = time.monotonic() + self._renew_seconds


def checkpoints_in(folder: Path) -> list[str]:
    """Returns the names of the checkpoints in a run's folder."""
    return sorted(f"{CHECKPOINTS_FOLDER}/{path.name}" for path in (folder / CHECKPOINTS_FOLDER).glob("*"))


def is_worth_recording(last: StatePoint | None, point: StatePoint) -> bool:
    """Returns whether a progress becomes an event: a run of a week reports a million of them."""
    if last is None or last.attempt != point.attempt or point.step == point.total_steps:
        return True
    return point.progress - last.progress >= RECORD_PROGRESS or point.at - last.at >= RECORD_AFTER
