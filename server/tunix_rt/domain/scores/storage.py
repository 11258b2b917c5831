"""Scores: given by a scorer's code, by a model or by a person; never overwritten, only superseded."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Column, func, insert, select

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among, among_parameter, id_list
from tunix_rt.db.models import scores, traces
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Session, lock_until_end
from tunix_rt.db.weighing import ReadBudget
from tunix_rt.domain.filtering.scores import latest
from tunix_rt.domain.scorers import Scorer
from tunix_rt.domain.scores.draft import GivenScore, KnownScores, ScoreDraft, ScoreKind, check_score_draft, check_step
from tunix_rt.domain.traces.storage import chunks, existing_ids
from tunix_rt.domain.traces.trace import StoredSteps, decode_stored
from tunix_rt.errors import NotFound

SCORE_ROWS = 5000
"""Rows of scores that one statement stores."""
PAYLOAD_CHARS = 16_000_000
"""Characters of stored traces that are held at once to be scored; one trace at least."""


async def add_score(session: Session, judgement: ScoreDraft) -> dict[str, Any]:
    """Stores a judgement and gives its row.

    Raises:
        BadUserInput: for a value out of its limits, or a step that the trace does not have.
        NotFound: if there is no such trace.
    """
    check_score_draft(judgement)
    found = await stored_payloads(session, [judgement.trace_id])
    if not found:
        raise NotFound(f"There is no trace {judgement.trace_id}.", ["traceId"])
    indexes = {step.i for step in decode_stored(found[judgement.trace_id]).steps}
    check_step(judgement.step_index, indexes)
    row = given_row(judgement.trace_id, judgement, now())
    await session.execute(insert(scores), [row])
    return row


def given_row(trace_id: uuid.UUID, given: GivenScore, at: datetime) -> dict[str, Any]:
    """The row of a score from outside; ``at`` is when it was given, where it does not say so itself."""
    return {
        "id": new_id(),
        "trace_id": trace_id,
        "step_index": given.step_index,
        "scorer": given.scorer,
        "scorer_version": given.scorer_version,
        "kind": given.kind.value,
        "score": given.score,
        "rationale": given.rationale,
        "details": given.details,
        "scored_at": given.scored_at or at,
        "run_id": None,
    }


async def add_given_scores(session: Session, given: Iterable[tuple[uuid.UUID, GivenScore]]) -> int:
    """Stores checked scores of stored traces and gives how many there were."""
    at = now()
    rows = [given_row(trace_id, score, at) for trace_id, score in given]
    for part in chunks(rows, SCORE_ROWS):
        await insert_rows(session, scores, part)
    return len(rows)


async def known_scores(session: Session, trace_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, KnownScores]:
    """The scores that are stored of each of those traces, to be compared with others."""
    known: dict[uuid.UUID, KnownScores] = {trace_id: KnownScores() for trace_id in trace_ids}
    columns = (scores.c.trace_id, *(scores.c[name] for name in GivenScore.__struct_fields__))
    for part in chunks(list(trace_ids)):
        query = select(*columns).where(among(scores.c.trace_id, part, session.dialect.name))
        for row in await session.execute(query):
            values = row._mapping
            score = GivenScore(**{name: values[name] for name in GivenScore.__struct_fields__})
            known[row.trace_id].add(msgspec.structs.replace(score, kind=ScoreKind(score.kind)))
    return known


@dataclass(frozen=True)
class ScoredBatch:
    """What became of some traces that were to be scored.

    Args:
        rows: the new scores.
        skipped: how many traces this version of the scorer had scored before.
        missing: the ids that no trace has.
    """

    rows: list[dict[str, Any]]
    skipped: int
    missing: list[uuid.UUID]


async def score_batch(session: Session, ids: Sequence[uuid.UUID], scorer: Scorer, *, only_missing: bool) -> ScoredBatch:
    """Scores traces, without those that this version of the scorer has scored if only missing scores are wanted.

    Transactions that score with the same scorer take turns, so that no trace is scored twice as a missing one.
    """
    await lock_until_end(session, f"scorer.{scorer.name}")
    there = await existing_ids(session, ids)
    done = await already_scored(session, ids, scorer) if only_missing else set()
    rows = await score_traces(session, [value for value in ids if value in there and value not in done], scorer)
    return ScoredBatch(rows, len(done), [value for value in ids if value not in there])


async def score_traces(session: Session, ids: Collection[uuid.UUID], scorer: Scorer) -> list[dict[str, Any]]:
    """Scores the traces of those ids that exist and gives the new rows."""
    rows: list[dict[str, Any]] = []
    for part in await parts_by_size(session, list(ids)):
        stored = await stored_payloads(session, part)
        scored = await asyncio.to_thread(score_rows, part, stored, scorer)  # others are served meanwhile
        if scored:
            await insert_rows(session, scores, scored)
        rows.extend(scored)
    return rows


async def parts_by_size(session: Session, ids: Sequence[uuid.UUID]) -> list[list[uuid.UUID]]:
    """Splits ids into parts for one statement each, whose payloads together have at most ``PAYLOAD_CHARS``."""
    parts: list[list[uuid.UUID]] = []
    for some in chunks(ids):
        query = select(traces.c.id, func.length(traces.c.payload)).where(among(traces.c.id, some, session.dialect.name))
        sizes = {row[0]: row[1] for row in await session.execute(query)}
        part: list[uuid.UUID] = []
        held = 0
        for trace_id in some:
            size = sizes.get(trace_id, 0)
            if part and held + size > PAYLOAD_CHARS:
                parts.append(part)
                part, held = [], 0
            part.append(trace_id)
            held += size
        parts.append(part)
    return parts


def score_rows(ids: Sequence[uuid.UUID], payloads: Mapping[uuid.UUID, str], scorer: Scorer) -> list[dict[str, Any]]:
    """The rows of one scorer's verdicts on the traces whose payloads are given, in the order of ``ids``."""
    return [score_row(found, decode_stored(payloads[found]), scorer) for found in ids if found in payloads]


def score_row(trace_id: uuid.UUID, trace: StoredSteps, scorer: Scorer) -> dict[str, Any]:
    """The row of one scorer's verdict."""
    verdict = scorer.score(trace)
    return {
        "id": new_id(),
        "trace_id": trace_id,
        "step_index": None,
        "scorer": scorer.name,
        "scorer_version": scorer.version,
        "kind": ScoreKind.CODE.value,
        "score": verdict.score,
        "rationale": None,
        "details": dict(verdict.details),
        "scored_at": now(),
        "run_id": None,
    }


async def stored_payloads(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The payloads of those traces that exist."""
    query = select(traces.c.id, traces.c.payload).where(among(traces.c.id, ids, session.dialect.name))
    return {row.id: row.payload for row in await session.execute(query)}


async def already_scored(session: Session, ids: Sequence[uuid.UUID], scorer: Scorer) -> set[uuid.UUID]:
    """Which of those traces this version of the scorer has scored."""
    found: set[uuid.UUID] = set()
    for part in chunks(list(ids)):
        query = select(scores.c.trace_id).where(
            among(scores.c.trace_id, part, session.dialect.name),
            scores.c.scorer == scorer.name,
            scores.c.scorer_version == scorer.version,
            scores.c.kind == ScoreKind.CODE.value,
            scores.c.step_index.is_(None),
        )
        found.update((await session.execute(query)).scalars())
    return found


async def latest_scores(
    session: Session, trace_ids: Sequence[uuid.UUID], columns: Sequence[Any], within: ReadBudget | None = None
) -> dict[uuid.UUID, list[Any]]:
    """Each trace's newest whole-trace score of every scorer, by the scorer's name, in one statement.

    Args:
        columns: what each row begins with.
        within: what the rows may weigh; None for any weight.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    place = len(columns)
    statement = latest_statement(session.dialect.name, tuple(columns), of_steps=False)
    grouped: dict[uuid.UUID, list[Any]] = {trace_id: [] for trace_id in trace_ids}
    for row in await statement.rows(session, within, ids=trace_ids):
        grouped[row[place]].append(row)
    return grouped


async def latest_step_scores(
    session: Session, trace_ids: Sequence[uuid.UUID], columns: Sequence[Any], within: ReadBudget | None = None
) -> dict[tuple[uuid.UUID, int], list[Any]]:
    """Each step's newest score of every scorer, by the scorer's name, for all steps of some traces in one statement.

    Args:
        columns: what each row begins with.
        within: what the rows may weigh; None for any weight.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    place = len(columns)
    statement = latest_statement(session.dialect.name, tuple(columns), of_steps=True)
    grouped: dict[tuple[uuid.UUID, int], list[Any]] = {}
    for row in await statement.rows(session, within, ids=trace_ids):
        grouped.setdefault((row[place], row[place + 1]), []).append(row)
    return grouped


@lru_cache(maxsize=1000)
def latest_statement(kind: str, columns: tuple[Column[Any], ...], *, of_steps: bool) -> Prepared:
    """The newest scores of some traces, or of their steps; rows end with the trace and the step they belong to."""
    step = scores.c.step_index
    return Prepared(
        select(*columns, scores.c.trace_id.label("of_trace"), step.label("of_step"))
        .where(
            among_parameter(scores.c.trace_id, id_list("ids"), kind),
            step.is_not(None) if of_steps else step.is_(None),
            latest(True),
        )
        .order_by(scores.c.trace_id, step, scores.c.scorer)
    )
