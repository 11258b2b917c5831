"""Performs one attempt at a generation, with the database or without it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.runs.files import STDERR_FILE
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.generations.answering import answer
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.generations.relay import AnswerRelay, AnswerStore
from tunix_rt.jobs.holding import Beating, Heartbeat, JobFailed, JobStopped
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.supervision.lines import TAIL_BYTES, tail_of
from tunix_rt.settings import Settings


class AnsweringAttempt(Protocol):
    """One attempt at a generation."""

    settings: Settings
    hold: Hold
    folder: Path
    samples: int
    """The number of answers to each prompt."""

    @property
    def held(self) -> Beating:
        """The generation as a job that this process holds."""

    async def prepare(self, progress: GenerationProgress) -> AnswerStore:
        """Writes the trainer's inputs, counts what is stored already, and returns the store of the answers.

        Raises:
            JobFailed: they cannot be made.
            Unavailable: the ledger was unreachable for too long.
        """

    async def record(self, status: JobStatus, error: tuple[ErrorCode, str] | None, columns: dict[str, Any]) -> None:
        """Records the outcome.

        Raises:
            Unavailable: the ledger was unreachable for too long.
        """

    async def close(self) -> None:
        """Frees what the attempt has opened."""


async def perform(attempt: AnsweringAttempt) -> None:
    """Generates the answers and records the outcome.

    Raises:
        Unavailable: the ledger was unreachable for too long.
        TrainerLost: the trainer was killed.
    """
    progress = GenerationProgress(attempt.samples)
    heartbeat = Heartbeat(attempt.held, progress.columns)
    try:
        async with heartbeat.beating():
            store = await attempt.prepare(progress)
            heartbeat.check()
            relay = AnswerRelay(attempt.folder, progress, store)
            await answer(attempt.settings, attempt.hold, relay, heartbeat)
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await record(attempt, progress, JobStatus.CANCELLED)
    except JobFailed as failed:
        await record(attempt, progress, JobStatus.FAILED, (failed.code, failed.message))
    else:
        await record(attempt, progress, JobStatus.COMPLETED)
    finally:
        await attempt.close()


async def record(
    attempt: AnsweringAttempt,
    progress: GenerationProgress,
    status: JobStatus,
    error: tuple[ErrorCode, str] | None = None,
) -> None:
    """Records the outcome, the progress and the end of standard error; raises as ``AnsweringAttempt.record`` does."""
    tail = await asyncio.to_thread(tail_of, attempt.folder / STDERR_FILE, TAIL_BYTES)
    stderr = PathRedaction(attempt.settings, attempt.folder).line(tail)
    columns = progress.columns() | {"stderr": stderr, "eta_seconds": None}
    if status is JobStatus.COMPLETED:
        columns["progress"] = 1.0
    await attempt.record(status, error, columns)
