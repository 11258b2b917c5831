"""Stores the trainer's answers as they come: each one once, with its origin and its scores, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tunix_rt.db.session import Database
from tunix_rt.domain.generations.answers import (
    AnsweringModel,
    AnswerKey,
    ParsedTrace,
    ReportedAnswer,
    add_answers,
    parse_answer,
    scorable,
    stored_keys,
)
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.generations.prompts import Prompt
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.scorers import Scorer, Verdict
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.jobs.generations.preparing import RETRY_SECONDS
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.holding import HeldJob, JobStopped
from tunix_rt.jobs.supervision.lines import whole_lines
from tunix_rt.trainer.contract import EVENTS_FILE, TrainerEvent

LINES_AT_ONCE = 32


class ReportedEvent(msgspec.Struct, rename="camel"):
    """The parts of a trainer's event that are relayed."""

    event: str
    too_long: int = 0
    answers: list[ReportedAnswer] = []


decode_event = msgspec.json.Decoder(ReportedEvent).decode


@dataclass
class AnswerRelay:
    """Relays the events of a generation from its folder to the database.

    Args:
        max_bytes: the maximum size of a trace, in bytes.
        scorers: those that grade each answer.
    """

    held: HeldJob
    folder: Path
    prompts: Sequence[Prompt]
    model: AnsweringModel
    options: GenerationOptions
    progress: GenerationProgress
    max_bytes: int
    scoring: ScorerService
    scorers: Sequence[Scorer]
    offset: int = 0

    @property
    def database(self) -> Database:
        """The database that answers are stored in."""
        return self.held.database

    async def step(self) -> bool:
        """Stores the answers of the next lines, and returns whether there were any lines.

        Raises:
            JobStopped: the hold is lost.
            Unavailable: the database was unreachable for too long.
        """
        lines, self.offset = await asyncio.to_thread(whole_lines, self.folder / EVENTS_FILE, self.offset, LINES_AT_ONCE)
        answers: list[ReportedAnswer] = []
        for event in map(decode_event, lines):
            if event.event == TrainerEvent.DATASET:
                self.progress.begin_answering(event.too_long)
            answers += event.answers
        if answers:
            parsed = await self.score_answers(await asyncio.to_thread(self.parse_answers, answers))
            self.progress.add(await self.database.retrying(RETRY_SECONDS)(self.store, parsed))
        return bool(lines)

    def parse_answers(self, answers: Sequence[ReportedAnswer]) -> list[ParsedTrace]:
        """Returns answers as traces."""
        return [
            parse_answer(answer, self.prompts[answer.prompt], self.model, self.options, self.max_bytes)
            for answer in answers
        ]

    async def score_answers(self, parsed: Sequence[ParsedTrace]) -> list[ParsedTrace]:
        """Returns answers with the verdicts of the scorers; an answer that a scorer does not take has none by it."""
        verdicts: list[list[tuple[Scorer, Verdict]]] = [[] for _ in parsed]
        traces = [scorable(found) for found in parsed]
        for scorer in self.scorers:
            outcomes = await self.scoring.outcomes(scorer, traces)
            for mine, outcome in zip(verdicts, outcomes, strict=True):
                if isinstance(outcome, Verdict):
                    mine.append((scorer, outcome))
        return [replace(found, verdicts=mine) for found, mine in zip(parsed, verdicts, strict=True)]

    async def store(self, parsed: Sequence[ParsedTrace]) -> list[ParsedTrace]:
        """Stores those answers that are not stored yet, and returns them."""
        async with self.database.write() as session:
            if await self.held.beat_in(session) is HoldState.LOST:
                raise JobStopped(HoldState.LOST)
            known = await stored_keys(
                session, self.model.generation_id, {found.origin.prompt_position for found in parsed}
            )
            new = [found for found in parsed if key_of(found) not in known]
            if new:
                await add_answers(session, new)
        return new


def key_of(parsed: ParsedTrace) -> AnswerKey:
    """Returns the key of an answer in its generation."""
    return parsed.origin.prompt_position, parsed.origin.sample_index
