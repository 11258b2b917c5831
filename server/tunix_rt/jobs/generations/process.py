"""The process of one generation: ``python -m tunix_rt.jobs.generations.process GENERATION ATTEMPT OWNER``.

It prepares the prompts, starts the trainer, stores the answers as they come, and records the outcome. Exit status 0
means that the ledger has the outcome, any other that it does not: another attempt then resumes.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from tunix_rt.db.models import generations
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.answers import AnsweringModel, stored_counts
from tunix_rt.domain.generations.files import generation_folder
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY, GenerationPlan, plan_of
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.runs.files import STDERR_FILE
from tunix_rt.domain.scorers import Scorer
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.errors import ErrorCode, TunixRtError
from tunix_rt.jobs.generations.answering import answer
from tunix_rt.jobs.generations.preparing import RETRY_SECONDS, prepare
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.generations.relay import AnswerRelay
from tunix_rt.jobs.holding import Heartbeat, HeldJob, JobFailed, JobStopped
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.process import main, perform_held
from tunix_rt.jobs.supervision.lines import tail_of
from tunix_rt.settings import Settings

TAIL_BYTES = 10_000
"""The maximum size of the stored end of standard error."""


@dataclass(frozen=True)
class GenerationJob:
    """One attempt at one generation."""

    database: Database
    settings: Settings
    hold: Hold
    row: Row[Any]

    @property
    def held(self) -> HeldJob:
        """The generation as a job that this process holds."""
        return HeldJob(self.database, generations, self.hold, lease_of(self.settings), GENERATION_HISTORY)

    @property
    def folder(self) -> Path:
        """The folder of the generation."""
        return generation_folder(self.settings.data_dir, self.hold.id)

    @property
    def plan(self) -> GenerationPlan:
        """The plan of the generation."""
        return plan_of(self.row)

    @property
    def model(self) -> AnsweringModel:
        """The model of the generation."""
        row = self.row
        return AnsweringModel(row.id, row.model_id, row.run_id, row.checkpoint_step)


async def run(settings: Settings, hold: Hold) -> int:
    """Performs the generation that is held, and returns the process's exit status."""

    async def perform(database: Database, row: Row[Any]) -> None:
        await work(GenerationJob(database, settings, hold, row))

    return await perform_held(Database(settings), generations, hold, perform)


async def work(job: GenerationJob) -> None:
    """Generates the answers and records the outcome.

    Raises:
        Unavailable: the database was unreachable for too long.
        TrainerLost: the trainer was killed.
    """
    scoring = ScorerService(job.settings)
    progress = GenerationProgress(job.plan.options.samples_per_prompt)
    heartbeat = Heartbeat(job.held, progress.columns)
    try:
        async with heartbeat.beating():
            await generate(job, heartbeat, progress, scoring)
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await record(job, progress, JobStatus.CANCELLED)
    except JobFailed as failed:
        await record(job, progress, JobStatus.FAILED, (failed.code, failed.message))
    else:
        await record(job, progress, JobStatus.COMPLETED)
    finally:
        await scoring.close()


async def generate(
    job: GenerationJob, heartbeat: Heartbeat, progress: GenerationProgress, scoring: ScorerService
) -> None:
    """Prepares the inputs and generates the answers; raises as ``answer`` and ``prepare`` do."""
    plan = job.plan
    prompts = await prepare(job.database, job.settings, plan, job.folder)
    async with job.database.read() as session:
        progress.begin(await stored_counts(session, job.hold.id))
    progress.prompts = len(prompts)
    heartbeat.check()
    scorers = await scorers_of(plan, scoring)
    limit = job.settings.trace_max_bytes
    relay = AnswerRelay(job.held, job.folder, prompts, job.model, plan.options, progress, limit, scoring, scorers)
    await answer(job.settings, job.hold, relay, heartbeat)


async def scorers_of(plan: GenerationPlan, scoring: ScorerService) -> list[Scorer]:
    """Returns the scorers that grade each answer.

    Raises:
        JobFailed: one does not exist, or cannot score at present.
    """
    try:
        return [await scoring.scorer(name) for name in plan.options.scorers]
    except TunixRtError as error:
        raise JobFailed(error.code, error.message) from error


async def record(
    job: GenerationJob,
    progress: GenerationProgress,
    status: JobStatus,
    error: tuple[ErrorCode, str] | None = None,
) -> None:
    """Records the generation's outcome.

    Raises:
        Unavailable: the database was unreachable for too long.
    """
    tail = await asyncio.to_thread(tail_of, job.folder / STDERR_FILE, TAIL_BYTES)
    columns = progress.columns() | {"stderr": PathRedaction(job.settings, job.folder).line(tail), "eta_seconds": None}
    if status is JobStatus.COMPLETED:
        columns["progress"] = 1.0

    async def record_once() -> JobStatus | None:
        return await job.held.end(status, error, **columns)

    await job.database.retrying(RETRY_SECONDS)(record_once)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run, niceness=0))
