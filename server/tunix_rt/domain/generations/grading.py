"""Grades the trainer's answers and stores each once, for processes with and without the database."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tunix_rt.db.session import Session
from tunix_rt.domain.generations.answers import (
    AnswerCounts,
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
from tunix_rt.domain.scorers import Scorer, Verdict
from tunix_rt.domain.scorers.service import ScorerService


@dataclass(frozen=True)
class AnswerGrader:
    """Turns answers into traces with scores.

    Args:
        max_bytes: the maximum size of a trace, in bytes.
        scorers: those that grade each answer.
    """

    model: AnsweringModel
    options: GenerationOptions
    max_bytes: int
    scoring: ScorerService
    scorers: Sequence[Scorer]

    async def grade_answers(
        self, answers: Sequence[ReportedAnswer], prompts: Sequence[Prompt] | Mapping[int, Prompt]
    ) -> list[ParsedTrace]:
        """Returns answers as traces with the verdicts of the scorers.

        An answer that a scorer does not take has none by it.

        Args:
            prompts: the prompts by their positions.
        """
        parsed = await asyncio.to_thread(self._parse_answers, answers, prompts)
        verdicts: list[list[tuple[Scorer, Verdict]]] = [[] for _ in parsed]
        traces = [scorable(found) for found in parsed]
        for scorer in self.scorers:
            outcomes = await self.scoring.outcomes(scorer, traces)
            for mine, outcome in zip(verdicts, outcomes, strict=True):
                if isinstance(outcome, Verdict):
                    mine.append((scorer, outcome))
        return [replace(found, verdicts=mine) for found, mine in zip(parsed, verdicts, strict=True)]

    def _parse_answers(
        self, answers: Sequence[ReportedAnswer], prompts: Sequence[Prompt] | Mapping[int, Prompt]
    ) -> list[ParsedTrace]:
        return [
            parse_answer(answer, prompts[answer.prompt], self.model, self.options, self.max_bytes) for answer in answers
        ]


async def add_new_answers(session: Session, generation_id: uuid.UUID, parsed: Sequence[ParsedTrace]) -> AnswerCounts:
    """Stores those answers that are not stored yet, and counts them."""
    known = await stored_keys(session, generation_id, {found.origin.prompt_position for found in parsed})
    new = [found for found in parsed if key_of(found) not in known]
    if new:
        await add_answers(session, new)
    return counts_of(new)


def counts_of(parsed: Iterable[ParsedTrace]) -> AnswerCounts:
    """Counts answers."""
    origins = [found.origin for found in parsed]
    malformed = sum(origin.malformed for origin in origins)
    return AnswerCounts(len(origins), malformed, sum(origin.token_count for origin in origins))


def key_of(parsed: ParsedTrace) -> AnswerKey:
    """Returns the key of an answer in its generation."""
    return parsed.origin.prompt_position, parsed.origin.sample_index
