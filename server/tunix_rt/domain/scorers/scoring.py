"""Scoring stored traces with a scorer: the scores of kind CODE.

It is in the package of scorers, above traces and scores, because it reads traces and stores scores.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among
from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Session, lock_until_end
from tunix_rt.domain.scorers import Scorer, Verdict
from tunix_rt.domain.scores.draft import ScoreKind
from tunix_rt.domain.traces.storage import existing_ids
from tunix_rt.domain.traces.trace import StoredSteps, decode_stored

PAYLOAD_CHARS = 16_000_000
"""The maximum number of characters of traces in memory during scoring, except for a single larger trace."""


class ScorableTrace(NamedTuple):
    """The columns of a stored trace that scorers read."""

    payload: str
    reference_answer: str | None


@dataclass(frozen=True)
class ScoredBatch:
    """The result of scoring a batch of traces.

    Args:
        rows: the rows of the new scores.
        skipped: the number of traces that this version of the scorer had scored before.
        unscored: the number of traces that the scorer cannot score.
        missing: the ids without a trace.
    """

    rows: list[dict[str, Any]]
    skipped: int
    unscored: int
    missing: list[uuid.UUID]


async def score_batch(session: Session, ids: Sequence[uuid.UUID], scorer: Scorer, *, only_missing: bool) -> ScoredBatch:
    """Scores traces.

    Transactions that score with the same scorer take turns, so that no missing score is stored twice.

    Args:
        only_missing: whether to skip traces that this version of the scorer has scored before.
    """
    await lock_until_end(session, f"scorer.{scorer.name}")
    there = await existing_ids(session, ids)
    done = await already_scored(session, ids, scorer) if only_missing else set()
    wanted = [value for value in ids if value in there and value not in done]
    rows = await score_traces(session, wanted, scorer)
    missing = [value for value in ids if value not in there]
    return ScoredBatch(rows, len(done), len(set(wanted)) - len({row["trace_id"] for row in rows}), missing)


async def score_traces(session: Session, ids: Collection[uuid.UUID], scorer: Scorer) -> list[dict[str, Any]]:
    """Scores those of the given traces that exist and can be scored; returns the rows of the new scores."""
    rows: list[dict[str, Any]] = []
    for part in await parts_by_size(session, list(ids)):
        stored = await stored_traces(session, part)
        scored = await asyncio.to_thread(score_rows, part, stored, scorer)  # keeps the event loop free
        if scored:
            await insert_rows(session, scores, scored)
        rows.extend(scored)
    return rows


async def parts_by_size(session: Session, ids: Sequence[uuid.UUID]) -> list[list[uuid.UUID]]:
    """Splits ids into parts for one statement each, with at most ``PAYLOAD_CHARS`` of payloads."""
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


def score_rows(
    ids: Sequence[uuid.UUID], stored: Mapping[uuid.UUID, ScorableTrace], scorer: Scorer
) -> list[dict[str, Any]]:
    """Returns the rows of a scorer's verdicts on stored traces, in the order of ``ids``."""
    verdicts = ((found, scorer.score(scored_part(stored[found]))) for found in ids if found in stored)
    return [score_row(found, verdict, scorer) for found, verdict in verdicts if verdict is not None]


def scored_part(stored: ScorableTrace) -> StoredSteps:
    """Returns the part of a stored trace that scorers read."""
    trace = decode_stored(stored.payload)
    trace.reference_answer = stored.reference_answer
    return trace


def score_row(trace_id: uuid.UUID, verdict: Verdict, scorer: Scorer) -> dict[str, Any]:
    """Returns the row of a scorer's verdict on a trace."""
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


async def stored_traces(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ScorableTrace]:
    """Returns what scorers read of the traces that exist, by id."""
    columns = (traces.c.id, traces.c.payload, traces.c.reference_answer)
    query = select(*columns).where(among(traces.c.id, ids, session.dialect.name))
    return {row.id: ScorableTrace(row.payload, row.reference_answer) for row in await session.execute(query)}


async def already_scored(session: Session, ids: Sequence[uuid.UUID], scorer: Scorer) -> set[uuid.UUID]:
    """Returns the ids of the traces that this version of the scorer has scored."""
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
