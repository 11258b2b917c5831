"""Uploads a run's files to the storage while it trains, and the rest when it has ended.

The rows of the artifacts are the queue: those without an attempt are uploaded, then get its number. So a file is never
recorded as stored before it is, and an upload that was interrupted is repeated by the next attempt on this machine.
Training does not wait for the storage.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.attempts.artifacts import Artifact
from tunix_rt.domain.attempts.outcomes import AttemptOutcome
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE, MANIFEST_FILE, mark_stored
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, storage_folder
from tunix_rt.domain.runs.stored_files.storing import ArtifactStore
from tunix_rt.domain.storage.base import StorageFailed
from tunix_rt.errors import Conflict, ErrorCode, RequestTimeout, TunixRtError, Unavailable
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.jobs.supervision.events import inside
from tunix_rt.jobs.supervision.outcome import StopReason
from tunix_rt.jobs.supervision.record import OWN_FILES, own_files
from tunix_rt.trainer.contract import ArtifactKind

logger = logging.getLogger("tunix_rt")

POLL_SECONDS = 1.0
RETRY_SECONDS = 600.0
"""The time limit of retries when a training is complete and the storage is unreachable; then the run has failed."""

INPUTS = frozenset({MANIFEST_FILE, DATASET_FILE, EVAL_FILE})
GROWING = frozenset(OWN_FILES) - INPUTS
"""The files that are not complete before the trainer has ended."""
AWAY = (Unavailable, RequestTimeout)
REFUSED = (StorageFailed, Conflict)


class UploadLoop:
    """Uploads the files of one attempt; does nothing if the run's folder is their only place."""

    def __init__(self, attempt: AttemptState) -> None:
        self._attempt = attempt
        hold = attempt.hold
        self._folder = storage_folder(hold.id, hold.attempt)
        self._store = None
        if attempt.ledger.uploads:
            self._store = ArtifactStore(attempt.ledger.storage, attempt.folder, self._folder, hold.owner)
        self._checkpoints: set[str] = set()
        """The checkpoints of which this attempt has stored files."""
        self._uploaded: set[uuid.UUID] = set()
        """The artifacts that are stored, but perhaps not recorded."""
        self._task: asyncio.Task[None] | None = None
        self._finishing = asyncio.Event()
        self._complete = False
        """Whether all files of the attempt are in the storage."""
        self._reported = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Uploads what is recorded inside the block, until ``stop`` or until the hold is lost."""
        if self._store is not None:
            self._task = asyncio.create_task(self._run(self._store))
        try:
            yield
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def add_inputs(self) -> None:
        """Records the manifest and the datasets, so that they are uploaded before the training ends.

        Raises:
            Unavailable, RequestTimeout: the ledger is unreachable.
        """
        if self._store is not None:
            files = await asyncio.to_thread(own_files, self._attempt.folder, INPUTS)
            files = [file for file in await self._with_attempts(files) if file.attempt is None]
            if files:
                await self._attempt.ledger.add_artifacts(files)

    async def stop(self) -> None:
        """Ends the loop after the upload in progress; from then on nothing is written to the run's log."""
        self._finishing.set()
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=POLL_SECONDS)
            if self._attempt.state is HoldState.LOST:
                self._task.cancel()

    async def finish(self, outcome: AttemptOutcome, files: list[Artifact]) -> tuple[AttemptOutcome, list[Artifact]]:
        """Uploads the rest after ``stop``, and returns the outcome, and the files with their attempts.

        A training that is complete but cannot be stored is not completed: another attempt stores it. For other outcomes
        a storage that is unreachable is not waited for.

        Args:
            files: the files that the supervisor has written.
        """
        if self._store is None:
            return outcome, files
        give_up = time.monotonic() + (RETRY_SECONDS if outcome.status is JobStatus.COMPLETED else 0.0)
        while self._attempt.state is not HoldState.LOST:
            try:
                files = await self._upload_rest(self._store, files)
                self._complete = True
                return outcome, files
            except AWAY as error:
                failure: TunixRtError = error
                if time.monotonic() >= give_up or self._attempt.stop_reason is not None:
                    break
            except REFUSED as error:
                failure = error
                break
            await asyncio.sleep(POLL_SECONDS)
        else:
            return outcome, files
        logger.warning("run %s: its files are not in the storage: %s", self._attempt.hold.id, failure.message)
        return unstored_outcome(self._attempt, outcome, failure), files

    async def clear(self, outcome: AttemptOutcome) -> None:
        """Removes what earlier attempts have stored and this one has replaced, after the outcome was recorded.

        Marks the folder of a run that has ended, if all of its files are stored. If another process has claimed the
        attempt's folder, its files are left.
        """
        if self._store is None or outcome.error is ErrorCode.CONFLICT:
            return
        with suppress(OSError):  # a mark that is missing keeps the folder
            if self._complete and outcome.status is not None:
                await asyncio.to_thread(mark_stored, self._attempt.folder)
        try:
            await self._attempt.ledger.clear()
        except (*AWAY, StorageFailed) as error:
            logger.warning("run %s: files are left in the storage: %s", self._attempt.hold.id, error.message)

    async def _run(self, store: ArtifactStore) -> None:
        while not self._finishing.is_set() and self._attempt.state is not HoldState.LOST:
            moved = False
            try:
                moved = await self._step(store)
            except (*AWAY, *REFUSED) as error:
                self._report(error)
            if not moved:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._finishing.wait(), self._attempt.ledger.poll_seconds)

    def _report(self, error: TunixRtError) -> None:
        """Appends an error to the run's log, unless it is the last one again."""
        if error.message != self._reported:
            self._reported = error.message
            logger.warning("run %s: an upload has failed: %s", self._attempt.hold.id, error.message)
            with suppress(OSError):
                self._attempt.log_warnings([f"An upload failed and will be repeated: {error.message}"])

    async def _upload_rest(self, store: ArtifactStore, files: Sequence[Artifact]) -> list[Artifact]:
        """Uploads everything that is left; returns the files with their attempts."""
        while await self._step(store):
            pass
        found = []
        for file in await self._with_attempts(files):
            if file.attempt is None:
                await store.add_file(file.name)
            found.append(replace(file, attempt=file.attempt or self._attempt.hold.attempt))
        return found

    async def _step(self, store: ArtifactStore) -> bool:
        """Removes deleted checkpoints, and uploads the first file that waits; returns whether there was one."""
        rows = await self._rows()
        for name in self._checkpoints - {row.name for row in rows}:
            await store.remove(name)
            self._checkpoints.discard(name)
        for row in rows:
            waits = row.attempt is None and row.name not in GROWING and inside(store.folder, row.name) is not None
            if waits and await self._upload(store, row):
                return True
        return False

    async def _rows(self) -> Sequence[ArtifactRow]:
        """Returns the run's artifacts, the newest checkpoint first, as the oldest ones are removed soon."""
        rows = await self._attempt.ledger.artifacts()
        return sorted(rows, key=lambda row: (-(row.step or 0), row.name))

    async def _upload(self, store: ArtifactStore, row: ArtifactRow) -> bool:
        """Uploads an artifact and records it; returns False if it was removed or replaced, or the hold is lost."""
        if row.id not in self._uploaded:
            try:
                if row.kind == ArtifactKind.CHECKPOINT.value:
                    await self._upload_checkpoint(store, row.name)
                else:
                    await store.add_file(row.name)
            except FileNotFoundError:
                return False
            self._uploaded.add(row.id)
        return await self._attempt.ledger.record_upload(row.id)

    async def _upload_checkpoint(self, store: ArtifactStore, name: str) -> None:
        """Uploads a checkpoint in place of what this attempt has uploaded of it before."""
        if name in self._checkpoints:
            await store.remove(name)
        self._checkpoints.add(name)
        try:
            await store.add_checkpoint(name)
        except Conflict:
            self._checkpoints.discard(name)  # it is another process's
            raise

    async def _with_attempts(self, files: Sequence[Artifact]) -> list[Artifact]:
        """Returns files with the attempts that have stored the same content."""
        stored = {(row.name, row.sha256): row.attempt for row in await self._rows()}
        return [replace(file, attempt=stored.get((file.name, file.sha256))) for file in files]


def unstored_outcome(attempt: AttemptState, outcome: AttemptOutcome, failure: TunixRtError) -> AttemptOutcome:
    """Returns the outcome of an attempt whose files could not be stored."""
    if outcome.status is not JobStatus.COMPLETED:
        return outcome
    if attempt.stop_reason is StopReason.CANCEL:
        message = "It was cancelled before its files were stored."
        return attempt.outcome(JobStatus.CANCELLED, message, None, outcome.exit_code)
    if attempt.stop_reason is StopReason.STOP:
        return attempt.outcome(
            None, "It was stopped from outside, before its files were stored", None, outcome.exit_code
        )
    message = f"Training has finished, but its files cannot be stored: {failure.message} Retry the run to store them."
    return attempt.outcome(JobStatus.FAILED, message, failure.code, outcome.exit_code)
