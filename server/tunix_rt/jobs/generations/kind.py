"""Generations as a kind of job: starts their processes, and removes folders that are no longer needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import ColumnElement

from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.tokens import GENERATION_TOKENS
from tunix_rt.domain.generations.files import generation_folder, generations_on_disk
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY, unfinished_among
from tunix_rt.domain.jobs.labels import GENERATION_LABELS, fits_labels
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.runs.files import remove
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.jobs.process_kind import ProcessKind
from tunix_rt.jobs.supervision.trainer import kill_attempt
from tunix_rt.setting_values import comma_separated
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)


class GenerationEngine(ProcessEngine):
    """Runs each attempt as a process, which starts the trainer; a later attempt resumes from the folder."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("tunix_rt.jobs.generations.process", settings, GENERATION_TOKENS)

    async def stop(self, hold: Hold) -> None:
        """See ``Engine.stop``: kills processes of the trainer that have outlived their process."""
        await kill_attempt(hold.id, hold.attempt)


class Generations(ProcessKind):
    """The kind of job in which a model answers prompts.

    Args:
        settings: the number of slots, the duration of a lease, the data folder, and the worker's labels.
    """

    name = JobKindName.GENERATION

    def __init__(self, settings: Settings) -> None:
        engine = GenerationEngine(settings)
        super().__init__(GENERATION_HISTORY, settings.generation_slots, engine, settings)
        self._data_dir = settings.data_dir
        fits = fits_labels(comma_separated(settings.worker_labels), GENERATION_LABELS)
        self.claimable: Sequence[ColumnElement[bool]] = (fits,)

    async def sweep(self, database: Database) -> None:
        """Removes the folders of completed and of deleted generations."""
        here = await asyncio.to_thread(lambda: list(generations_on_disk(self._data_dir)))
        if not here:
            return
        async with database.read() as session:
            kept = await unfinished_among(session, here)
        gone = set(here) - kept
        for generation_id in gone:
            await asyncio.to_thread(remove, generation_folder(self._data_dir, generation_id))
        if gone:
            logger.info("removed the folders of %d generations", len(gone))
