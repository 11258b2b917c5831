"""Scoring stored traces with a scorer, in batches.

It is in the package of scorers, above traces and scores, because it reads traces and stores scores. Traces are scored
between a read and a write session, so that no transaction waits for a scorer.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among
from tunix_rt.db.models import scores, trace_origins, traces
from tunix_rt.db.session import Database, Session, lock_until_end
from tunix_rt.domain.keys.acting import author
from tunix_rt.domain.scorers.base import Scorer, ScorerExecution, ScoringFailure, Verdict
from tunix_rt.domain.scorers.running.executing import ScorerExecutor, ScoringOutcome
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace
from tunix_rt.domain.traces.storage import existing_ids

PAYLOAD_CHARS = 16_000_000
"""The maximum number of characters of traces in memory during scoring, except for a single larger trace."""

WAITING_PART = 32
"""The number of traces whose scores are stored at once if each is paid for: a cancelled request loses no more."""


@dataclass
class ScoredBatch:
    """The result of scoring a batch of traces.

    Args:
        processed: the number of ids that were processed, from the first one on.
        rows: the rows of the new scores.
        skipped: the number of traces that this version of the scorer had scored before.
        unscored: the number of traces that the scorer does not take.
        missing: the ids without a trace.
        failures: the traces that could not be scored, with the reasons.
    """

    processed: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    skipped: int = 0
    unscored: int = 0
    missing: list[uuid.UUID] = field(default_factory=list)
    failures: list[tuple[uuid.UUID, ScoringFailure]] = field(default_factory=list)


async def score_batch(
    database: Database,
    executor: ScorerExecutor,
    ids: Sequence[uuid.UUID],
    scorer: Scorer,
    *,
    only_missing: bool,
    until: float | None = None,
) -> ScoredBatch:
    """Scores traces and stores the scores.

    Transactions that store scores of the same scorer take turns, so that no missing score is stored twice.

    Args:
        only_missing: whether to skip traces that this version of the scorer has scored before.
        until: the time, by the monotonic clock, after which slow scorers start no further trace; the rest of the ids
            is not processed.
    """
    async with database.read() as session:
        there = await existing_ids(session, ids)
        done = await already_scored(session, ids, scorer) if only_missing else set()
        wanted = list(dict.fromkeys(value for value in ids if value in there and value not in done))
        parts = await parts_by_size(session, wanted)
    if scorer.execution is ScorerExecution.WAITING:
        parts = [part[start : start + WAITING_PART] for part in parts for start in range(0, len(part), WAITING_PART)]
    batch = ScoredBatch(processed=len(ids))
    for position, part in enumerate(parts):
        if position and until is not None and time.monotonic() >= until:
            batch.processed = ids.index(part[0])
            break
        outcomes = await outcomes_of(database, executor, part, scorer, until)
        await store_outcomes(database, outcomes, scorer, batch, only_missing=only_missing)
        if not_started := next((value for value in part if value not in outcomes), None):
            batch.processed = ids.index(not_started)
            break
    batch.skipped += sum(value in done for value in ids[: batch.processed])
    batch.missing += [value for value in ids[: batch.processed] if value not in there]
    return batch


async def outcomes_of(
    database: Database, executor: ScorerExecutor, ids: Sequence[uuid.UUID], scorer: Scorer, until: float | None
) -> dict[uuid.UUID, ScoringOutcome]:
    """Returns a scorer's outcomes for the first ids, as far as the time allows; None for a deleted trace."""
    async with database.read() as session:
        stored = await stored_traces(session, ids)
    there = [value for value in ids if value in stored]
    outcomes = await executor.outcomes(scorer, [stored[value] for value in there], until)
    found = dict(zip(there, outcomes, strict=False))
    return {value: found.get(value) for value in ids if value in found or value not in stored}


async def store_outcomes(
    database: Database,
    outcomes: dict[uuid.UUID, ScoringOutcome],
    scorer: Scorer,
    batch: ScoredBatch,
    *,
    only_missing: bool,
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
        "kind": scorer.kind.value,
        "score": verdict.score,
        "rationale": verdict.rationale,
        "details": dict(verdict.details),
        "scored_at": now(),
        "run_id": None,
        "created_by": author(),
    }


async def stored_traces(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ScorableTrace]:
    """Returns the fields that scorers read, of the traces that exist, by id."""
    columns = (traces.c.payload, traces.c.reference_answer, traces.c.external_id, trace_origins.c.malformed)
    query = (
        select(traces.c.id, *columns)
        .outerjoin(trace_origins, trace_origins.c.trace_id == traces.c.id)
        .where(among(traces.c.id, ids, session.dialect.name))
    )
    return {row.id: ScorableTrace(*row[1:]) for row in await session.execute(query)}


async def already_scored(session: Session, ids: Sequence[uuid.UUID], scorer: Scorer) -> set[uuid.UUID]:
    """Returns the ids of the traces that this version of the scorer has scored."""
    found: set[uuid.UUID] = set()
    for part in chunks(list(ids)):
        query = select(scores.c.trace_id).where(
            among(scores.c.trace_id, part, session.dialect.name),
            scores.c.scorer == scorer.name,
            scores.c.scorer_version == scorer.version,
            scores.c.kind == scorer.kind.value,
            scores.c.step_index.is_(None),
        )
        found.update((await session.execute(query)).scalars())
    return found
