"""Scoring stored traces with a scorer: the scores of kind CODE.

It is in the package of scorers, above traces and scores, because it reads traces and stores scores. Traces are scored
between a read and a write session, so that no transaction waits for a scorer.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import func, select

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among
from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Database, Session, lock_until_end
from tunix_rt.domain.scorers.base import Scorer, ScoringFailure, Verdict
from tunix_rt.domain.scorers.running.executing import Executor
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace
from tunix_rt.domain.scores.draft import ScoreKind
from tunix_rt.domain.traces.storage import existing_ids

PAYLOAD_CHARS = 16_000_000
"""The maximum number of characters of traces in memory during scoring, except for a single larger trace."""

Outcomes: TypeAlias = dict[uuid.UUID, Verdict | ScoringFailure | None]


@dataclass
class ScoredBatch:
    """The result of scoring a batch of traces.

    Args:
        rows: the rows of the new scores.
        skipped: the number of traces that this version of the scorer had scored before.
        unscored: the number of traces that the scorer does not take.
        missing: the ids without a trace.
        failures: the traces that could not be scored, with the reasons.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    skipped: int = 0
    unscored: int = 0
    missing: list[uuid.UUID] = field(default_factory=list)
    failures: list[tuple[uuid.UUID, ScoringFailure]] = field(default_factory=list)


async def score_batch(
    database: Database, executor: Executor, ids: Sequence[uuid.UUID], scorer: Scorer, *, only_missing: bool
) -> ScoredBatch:
    """Scores traces and stores the scores.

    Transactions that store scores of the same scorer take turns, so that no missing score is stored twice.

    Args:
        only_missing: whether to skip traces that this version of the scorer has scored before.
    """
    async with database.read() as session:
        there = await existing_ids(session, ids)
        done = await already_scored(session, ids, scorer) if only_missing else set()
        wanted = list(dict.fromkeys(value for value in ids if value in there and value not in done))
        parts = await parts_by_size(session, wanted)
    batch = ScoredBatch(skipped=len(done), missing=[value for value in ids if value not in there])
    for part in parts:
        async with database.read() as session:
            stored = await stored_traces(session, part)
        verdicts = await executor.verdicts(scorer, [stored[found] for found in part if found in stored])
        outcomes = dict(zip((found for found in part if found in stored), verdicts, strict=True))
        await store_outcomes(database, outcomes, scorer, batch, only_missing=only_missing)
    return batch


async def store_outcomes(
    database: Database, outcomes: Outcomes, scorer: Scorer, batch: ScoredBatch, *, only_missing: bool
) -> None:
    """Stores the verdicts of a scorer in one transaction, and adds the result to a batch."""
    given = {trace_id: found for trace_id, found in outcomes.items() if isinstance(found, Verdict)}
    async with database.write() as session:
        await lock_until_end(session, f"scorer.{scorer.name}")
        there = await existing_ids(session, given)
        done = await already_scored(session, list(given), scorer) if only_missing else set()
        rows = [
            score_row(trace_id, verdict, scorer)
            for trace_id, verdict in given.items()
            if trace_id in there and trace_id not in done
        ]
        if rows:
            await insert_rows(session, scores, rows)
    batch.rows += rows
    batch.skipped += len(done)
    batch.missing += [trace_id for trace_id in given if trace_id not in there]
    batch.unscored += sum(found is None for found in outcomes.values())
    batch.failures += [(key, found) for key, found in outcomes.items() if isinstance(found, ScoringFailure)]


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
        "rationale": verdict.rationale,
        "details": dict(verdict.details),
        "scored_at": now(),
        "run_id": None,
    }


async def stored_traces(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ScorableTrace]:
    """Returns what scorers read of the traces that exist, by id."""
    columns = (traces.c.id, traces.c.payload, traces.c.reference_answer, traces.c.external_id)
    query = select(*columns).where(among(traces.c.id, ids, session.dialect.name))
    return {
        row.id: ScorableTrace(row.payload, row.reference_answer, row.external_id)
        for row in await session.execute(query)
    }


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
