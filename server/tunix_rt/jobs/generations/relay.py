"""Reads the trainer's answers as they come, and passes them to the store of the generation's answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from tunix_rt.domain.generations.answers import AnswerCounts, AnswerKey, ReportedAnswer, stored_keys
from tunix_rt.domain.generations.grading import AnswerGrader, add_new_answers
from tunix_rt.domain.generations.prompts import Prompt
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.jobs.generations.preparing import RETRY_SECONDS
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.holding import HeldJob, JobStopped
from tunix_rt.jobs.supervision.lines import whole_lines
from tunix_rt.trainer.contract import EVENTS_FILE, TrainerEvent

LINES_AT_ONCE = 32


class ReportedEvent(msgspec.Struct, rename="camel"):
    """The parts of a trainer's event that are relayed.

    Args:
        batch: the number of a batch of answers, from 0.
    """

    event: str
    too_long: int = 0
    batch: int = 0
    answers: list[ReportedAnswer] = []


decode_event = msgspec.json.Decoder(ReportedEvent).decode


class AnswerStore(Protocol):
    """Stores the answers of a generation."""

    async def add(self, batches: Sequence[ReportedEvent]) -> AnswerCounts:
        """Stores the answers of batches that are not stored yet, and counts them.

        Raises:
            JobStopped: the hold is lost.
            Unavailable: the ledger was unreachable for too long.
        """


@dataclass(frozen=True)
class DatabaseAnswers:
    """Grades answers in this process, and stores each once with its origin and its scores, in one transaction."""

    held: HeldJob
    prompts: Sequence[Prompt]
    grader: AnswerGrader

    async def add(self, batches: Sequence[ReportedEvent]) -> AnswerCounts:
        """See ``AnswerStore.add``: what an earlier attempt has stored is not graded again, which may cost money."""
        answers = await self._answers_to_store([answer for batch in batches for answer in batch.answers])
        if not answers:
            return AnswerCounts(0, 0, 0)
        parsed = await self.grader.grade_answers(answers, self.prompts)

        async def store() -> AnswerCounts:
            async with self.held.database.write() as session:
                if await self.held.beat_in(session) is HoldState.LOST:
                    raise JobStopped(HoldState.LOST)
                return await add_new_answers(session, self.held.hold.id, parsed)

        return await self.held.database.retrying(RETRY_SECONDS)(store)

    async def _answers_to_store(self, answers: Sequence[ReportedAnswer]) -> list[ReportedAnswer]:
        """Returns the answers that are not stored yet."""

        async def find_stored() -> set[AnswerKey]:
            async with self.held.database.read() as session:
                return await stored_keys(session, self.held.hold.id, {answer.prompt for answer in answers})

        known = await self.held.database.retrying(RETRY_SECONDS)(find_stored)
        return [answer for answer in answers if answer.key not in known]


@dataclass
class AnswerRelay:
    """Relays the events of a generation from its folder to the store of its answers."""

    folder: Path
    progress: GenerationProgress
    store: AnswerStore
    offset: int = 0

    async def step(self) -> bool:
        """Stores the answers of the next lines, and returns whether there were any; raises as ``AnswerStore`` does."""
        lines, self.offset = await asyncio.to_thread(whole_lines, self.folder / EVENTS_FILE, self.offset, LINES_AT_ONCE)
        batches = []
        for event in map(decode_event, lines):
            if event.event == TrainerEvent.DATASET:
                self.progress.begin_answering(event.too_long)
            if event.answers:
                batches.append(event)
        if batches:
            self.progress.add(await self.store.add(batches))
        return bool(lines)
