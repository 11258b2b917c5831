"""Answers of the trainer: parsed by the template, and stored as traces with their origins and scores.

Malformed answers are stored too: what could be read of them, and a final answer that no grader accepts if there is
none.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import func, select

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.models import scores, trace_origins
from tunix_rt.db.session import Session
from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.generations.prompts import Prompt
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, ParsedAnswer, reasoning_template
from tunix_rt.domain.scorers import Scorer, Verdict
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace
from tunix_rt.domain.scorers.scoring import score_row
from tunix_rt.domain.traces.origins import OriginDraft, add_origins
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.domain.traces.trace import ANSWER_MAX_CHARS, SOURCE_MAX_CHARS, TraceDraft, steps_or_answer
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.trainer.contract import FinishReason

AnswerKey = tuple[int, int]
"""The position of a prompt, and the position of an answer among the answers to it."""


class ReportedAnswer(msgspec.Struct, rename="camel", frozen=True):
    """An answer as the trainer reports it.

    Args:
        prompt: the position of the prompt.
        sample: the position among the answers to it.
        tokens: their number, the end token excluded.
    """

    prompt: int
    sample: int
    text: str
    finish_reason: FinishReason
    tokens: int
    mean_log_probability: float | None

    @property
    def key(self) -> AnswerKey:
        """The key of the answer in its generation."""
        return self.prompt, self.sample


@dataclass(frozen=True)
class AnsweringModel:
    """The model of a generation, as the origins of its answers name it."""

    generation_id: uuid.UUID
    model_id: str
    run_id: uuid.UUID | None
    checkpoint_step: int | None


@dataclass(frozen=True)
class ParsedTrace:
    """An answer as a trace that is not stored yet, with its origin and its verdicts."""

    draft: TraceDraft
    origin: OriginDraft
    verdicts: Sequence[tuple[Scorer, Verdict]] = ()


def parse_answer(
    answer: ReportedAnswer, prompt: Prompt, model: AnsweringModel, options: GenerationOptions, max_bytes: int
) -> ParsedTrace:
    """Returns an answer as a trace with its origin."""
    text = answer.text.replace("\0", "\ufffd")
    parsed = reasoning_template(options.template or DEFAULT_TEMPLATE).parse(text)
    draft = validate_trace(
        trace_of(parsed, prompt, f"generation:{model.model_id}"),
        max_bytes,
        f"{model.generation_id}/{answer.prompt}/{answer.sample}",
        reference_answer=prompt.reference_answer,
        group=prompt.group,
    )
    return ParsedTrace(draft, origin_of(answer, text, not parsed.well_formed, model, options))


def trace_of(parsed: ParsedAnswer, prompt: Prompt, source: str) -> dict[str, Any]:
    """Returns an answer in the native format; without reasoning, the answer itself is the only step."""
    final = parsed.final_answer[:ANSWER_MAX_CHARS] or NO_ANSWER
    steps = [{"i": position, "type": "reasoning", "content": step} for position, step in enumerate(parsed.steps)]
    return {
        "trace_version": "1.0",
        "prompt": prompt.prompt,
        "final_answer": final,
        "steps": steps_or_answer(steps, final),
        "meta": {"source": source[:SOURCE_MAX_CHARS]},
    }


def origin_of(
    answer: ReportedAnswer, text: str, malformed: bool, model: AnsweringModel, options: GenerationOptions
) -> OriginDraft:
    """Returns the origin of an answer."""
    return OriginDraft(
        generation_id=model.generation_id,
        run_id=model.run_id,
        model_id=model.model_id,
        checkpoint_step=model.checkpoint_step,
        prompt_position=answer.prompt,
        sample_index=answer.sample,
        temperature=options.temperature,
        top_p=options.top_p,
        max_new_tokens=options.max_new_tokens,
        seed=options.seed,
        template=options.template,
        finish_reason=answer.finish_reason,
        token_count=answer.tokens,
        mean_log_probability=answer.mean_log_probability,
        malformed=malformed,
        raw_text=text,
    )


def scorable(parsed: ParsedTrace) -> ScorableTrace:
    """Returns the fields of an answer that scorers read."""
    draft = parsed.draft
    return ScorableTrace(draft.canonical.decode(), draft.reference_answer, draft.external_id, parsed.origin.malformed)


async def add_answers(session: Session, parsed: Sequence[ParsedTrace]) -> None:
    """Stores answers as traces, with their origins and scores."""
    rows = await add_traces(session, [found.draft for found in parsed])
    ids = [row["id"] for row in rows]
    await add_origins(session, zip(ids, (found.origin for found in parsed), strict=True))
    scored = [
        score_row(trace_id, verdict, scorer)
        for trace_id, found in zip(ids, parsed, strict=True)
        for scorer, verdict in found.verdicts
    ]
    if scored:
        await insert_rows(session, scores, scored)


@dataclass(frozen=True)
class AnswerCounts:
    """Counts of the stored answers of a generation."""

    answers: int
    malformed: int
    tokens: int


async def stored_keys(session: Session, generation_id: uuid.UUID, prompts: Collection[int]) -> set[AnswerKey]:
    """Returns the keys of the answers to some prompts that a generation has stored."""
    columns = (trace_origins.c.prompt_position, trace_origins.c.sample_index)
    mine = (trace_origins.c.generation_id == generation_id, trace_origins.c.prompt_position.in_(prompts))
    rows = await session.execute(select(*columns).where(*mine))
    return {(row[0], row[1]) for row in rows}


async def stored_counts(session: Session, generation_id: uuid.UUID) -> AnswerCounts:
    """Returns the counts of the answers that a generation has stored."""
    malformed = func.count().filter(trace_origins.c.malformed)
    query = select(func.count(), malformed, func.coalesce(func.sum(trace_origins.c.token_count), 0))
    row = (await session.execute(query.where(trace_origins.c.generation_id == generation_id))).one()
    return AnswerCounts(row[0], row[1], int(row[2]))
