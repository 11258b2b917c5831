"""The interface between the supervisor of an attempt and the ledger: the database, or a server over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tunix_rt.domain.attempts.artifacts import Artifact
from tunix_rt.domain.attempts.assignment import AssignedRun
from tunix_rt.domain.attempts.batches import Batch
from tunix_rt.domain.attempts.outcomes import AttemptReport
from tunix_rt.domain.attempts.rollouts import GradingResult, RolloutBatch
from tunix_rt.domain.generations.rollouts import GradedRollouts
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow
from tunix_rt.domain.storage.base import FileStore


class AttemptLedger(Protocol):
    """The ledger and the storage, as one attempt at a run reads and writes them.

    Every method raises Unavailable or RequestTimeout if the ledger cannot be reached now. Nothing is stored once the
    hold is lost.
    """

    retry_seconds: float
    """The time limit of retries while the ledger is unreachable, before the attempt is given up."""
    relay_seconds: float
    """The interval at which events are sent."""
    poll_seconds: float
    """The interval at which the state of the hold is read."""
    uploads: bool
    """Whether the files of the attempt are added to the storage; otherwise they stay in the run's folder."""

    @property
    def storage(self) -> FileStore:
        """The files that attempts have stored."""

    async def assigned_run(self) -> AssignedRun | None:
        """Returns the run of the attempt; None if the attempt does not hold it."""

    async def state(self) -> HoldState:
        """Returns the state of the hold."""

    async def renew(self, process: str) -> HoldState:
        """Renews the lease, and returns the state of the hold.

        Args:
            process: the supervisor's process, as ``HOST:PID``.
        """

    async def store_batch(self, batch: Batch) -> HoldState:
        """Stores a batch of events unless it is stored, renews the lease, and returns the state of the hold.

        Raises:
            Conflict: it is not the next batch.
        """

    async def store_manifest(self, manifest: str) -> None:
        """Stores the manifest with the run."""

    async def require_rewards(self, run: AssignedRun) -> None:
        """Checks that the rewards of a GRPO run can be computed.

        Raises:
            BadUserInput, NotInstalled: one cannot.
        """

    async def write_inputs(self, run: AssignedRun, folder: Path) -> list[str]:
        """Writes the datasets that the run's folder lacks; returns warnings for the run's log.

        Those of earlier attempts, and of the run that this one replays, are copied if they are stored.

        Raises:
            NotFound, BadUserInput: they cannot be made.
            JobFailed: the storage could not be reached for too long.
            OSError: the folder cannot be written.
        """

    async def provide_model(self, run: AssignedRun) -> None:
        """Copies the model of another run to this machine, if the attempt trains one.

        Raises:
            NotFound: there is no such run.
            JobFailed, StorageFailed: the storage could not be reached for too long, refuses, or lacks a file.
            OSError: the folder cannot be written.
        """

    async def artifacts(self) -> Sequence[ArtifactRow]:
        """Returns the artifacts of the run."""

    async def add_artifacts(self, files: Sequence[Artifact]) -> None:
        """Adds artifacts, in place of those of the same names."""

    async def record_upload(self, artifact_id: uuid.UUID) -> bool:
        """Records that the attempt has stored an artifact; returns False if that was replaced, or the hold is lost."""

    async def grade(self, run: AssignedRun, batch: RolloutBatch) -> GradingResult:
        """Returns the rewards of a batch of rollouts."""

    async def store_rollouts(self, run: AssignedRun, batch: RolloutBatch, graded: GradedRollouts) -> HoldState:
        """Stores a graded batch unless it is stored, renews the lease, and returns the state of the hold."""

    async def record(self, report: AttemptReport) -> None:
        """Records the end of the attempt; does nothing if it is recorded, or the hold is lost."""

    async def clear(self) -> None:
        """Removes what earlier attempts have stored and this one has replaced, after its outcome was recorded.

        Raises:
            StorageFailed: the storage refuses.
        """

    async def close(self) -> None:
        """Closes all connections."""
