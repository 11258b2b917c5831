"""The process of one generation: ``python -m tunix_rt.jobs.generations.process GENERATION ATTEMPT OWNER``.

It prepares the prompts, starts the trainer, stores the answers as they come, and records the outcome. Exit status 0
means that the ledger has the outcome, any other that it does not: another attempt then resumes.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from tunix_rt.db.models import generations
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.answers import AnsweringModel, stored_counts
from tunix_rt.domain.generations.files import generation_folder
from tunix_rt.domain.generations.grading import AnswerGrader
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY, GenerationPlan, plan_of
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.scorers import Scorer
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.errors import ErrorCode, TunixRtError
from tunix_rt.jobs.generations.performing import perform
from tunix_rt.jobs.generations.preparing import RETRY_SECONDS, copy_stored_prompts, prepare
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.generations.relay import AnswerStore, DatabaseAnswers
from tunix_rt.jobs.holding import HeldJob, JobFailed
from tunix_rt.jobs.process import STATEMENT_SECONDS, main, perform_held
from tunix_rt.settings import Settings


class DatabaseAttempt:
    """An attempt on the database; see ``AnsweringAttempt``."""

    def __init__(self, database: Database, settings: Settings, hold: Hold, row: Row[Any]) -> None:
        self.settings = settings
        self.hold = hold
        self.folder: Path = generation_folder(settings.data_dir, hold.id)
        self.plan: GenerationPlan = plan_of(row)
        self.samples = self.plan.options.samples_per_prompt
        self.model = AnsweringModel(row.id, row.model_id, row.run_id, row.checkpoint_step)
        self._database = database
        self._scoring = ScorerService(settings)

    @property
    def held(self) -> HeldJob:
        """See ``AnsweringAttempt.held``."""
        return HeldJob(self._database, generations, self.hold, lease_of(self.settings), GENERATION_HISTORY)

    async def prepare(self, progress: GenerationProgress) -> AnswerStore:
        """See ``AnsweringAttempt.prepare``."""
        async with self._database.read() as session:  # before the first heartbeat writes the counts
            progress.begin(await stored_counts(session, self.hold.id))
        await copy_stored_prompts(self.settings, self.hold, self.folder)
        prompts = await prepare(self._database, self.settings, self.plan, self.folder)
        progress.prompts = len(prompts)
        scorers = await scorers_of(self.plan, self._scoring)
        grader = AnswerGrader(self.model, self.plan.options, self.settings.trace_max_bytes, self._scoring, scorers)
        return DatabaseAnswers(self.held, prompts, grader)

    async def record(self, status: JobStatus, error: tuple[ErrorCode, str] | None, columns: dict[str, Any]) -> None:
        """See ``AnsweringAttempt.record``."""

        async def record_once() -> JobStatus | None:
            return await self.held.end(status, error, **columns)

        await self._database.retrying(RETRY_SECONDS)(record_once)

    async def close(self) -> None:
        """See ``AnsweringAttempt.close``."""
        await self._scoring.close()


async def run(settings: Settings, hold: Hold) -> int:
    """Performs the generation that is held, and returns the process's exit status."""

    async def perform_row(database: Database, row: Row[Any]) -> None:
        await perform(DatabaseAttempt(database, settings, hold, row))

    database = Database(replace(settings, db_statement_timeout_seconds=STATEMENT_SECONDS))
    return await perform_held(database, generations, hold, perform_row)


async def scorers_of(plan: GenerationPlan, scoring: ScorerService) -> list[Scorer]:
    """Returns the scorers that grade each answer.

    Raises:
        JobFailed: one does not exist, or cannot score at present.
    """
    try:
        return [await scoring.scorer(name) for name in plan.options.scorers]
    except TunixRtError as error:
        raise JobFailed(error.code, error.message) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run, niceness=0))
