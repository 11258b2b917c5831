"""Scores: given by a scorer's code, by a model or by a person; never overwritten, only superseded."""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Column, insert, select

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among, among_parameter, id_list
from tunix_rt.db.models import scores, traces
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Session
from tunix_rt.domain.payload import StoredSteps, decode_stored
from tunix_rt.domain.score_filters import latest
from tunix_rt.domain.scorers import Scorer
from tunix_rt.domain.text import json_faults, require_text
from tunix_rt.domain.traces import chunks
from tunix_rt.errors import BadUserInput, NotFound

SCORER_MAX_CHARS = 64
RATIONALE_MAX_CHARS = 20_000
DETAILS_MAX_BYTES = 65_536


class ScoreKind(Enum):
    """Who gave a score."""

    CODE = "CODE"
    MODEL = "MODEL"
    HUMAN = "HUMAN"


class Judgement(msgspec.Struct, frozen=True):
    """A score from outside: a person's or a model's.

    Args:
        step_index: the judged step's own index; None for the whole trace.
        score: any finite number; its scale is the scorer's own.
    """

    trace_id: uuid.UUID
    scorer: str
    kind: ScoreKind
    score: float
    scorer_version: str = "1"
    step_index: int | None = None
    rationale: str | None = None
    details: Mapping[str, Any] | None = None


def check_judgement(judgement: Judgement) -> None:
    """Checks what needs no database.

    Raises:
        BadUserInput: naming the field and its limit.
    """
    require_text(judgement.scorer, 1, SCORER_MAX_CHARS, ["scorer"])
    require_text(judgement.scorer_version, 1, SCORER_MAX_CHARS, ["scorerVersion"])
    if judgement.kind is ScoreKind.CODE:
        raise BadUserInput("kind CODE is for scorers of the server; use scoreTraces, or MODEL or HUMAN.", ["kind"])
    if not math.isfinite(judgement.score):
        raise BadUserInput("score must be a finite number.", ["score"])
    if judgement.rationale is not None:
        require_text(judgement.rationale, 1, RATIONALE_MAX_CHARS, ["rationale"])
    if judgement.details is not None:
        check_details(judgement.details)


def check_details(details: Any) -> None:
    """Checks that details are a JSON object of a bounded size; raises as ``check_judgement`` does."""
    if not isinstance(details, dict):
        raise BadUserInput("details must be an object.", ["details"])
    for fault in json_faults(details, ("details",)):
        raise fault
    size = len(msgspec.json.encode(details))
    if size > DETAILS_MAX_BYTES:
        raise BadUserInput(
            f"details must have at most {DETAILS_MAX_BYTES} bytes as JSON, they have {size}.", ["details"]
        )


async def add_judgement(session: Session, judgement: Judgement) -> dict[str, Any]:
    """Stores a judgement and gives its row.

    Raises:
        BadUserInput: for a value out of its limits, or a step that the trace does not have.
        NotFound: if there is no such trace.
    """
    check_judgement(judgement)
    found = await stored_steps(session, [judgement.trace_id])
    if not found:
        raise NotFound(f"There is no trace {judgement.trace_id}.", ["traceId"])
    indexes = {step.i for step in found[judgement.trace_id].steps}
    if judgement.step_index is not None and judgement.step_index not in indexes:
        raise BadUserInput(f"The trace has no step with index {judgement.step_index}.", ["stepIndex"])
    row = {
        "id": new_id(),
        **msgspec.structs.asdict(judgement),
        "kind": judgement.kind.value,
        "scored_at": now(),
        "run_id": None,
    }
    await session.execute(insert(scores), [row])
    return row


async def score_traces(session: Session, ids: Collection[uuid.UUID], scorer: Scorer) -> list[dict[str, Any]]:
    """Scores the traces of those ids that exist and gives the new rows."""
    rows: list[dict[str, Any]] = []
    for part in chunks(list(ids)):
        steps = await stored_steps(session, part)
        rows.extend(score_row(trace_id, steps[trace_id], scorer) for trace_id in part if trace_id in steps)
    for part in chunks(rows):
        await session.execute(insert(scores), list(part))
    return rows


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


async def stored_steps(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, StoredSteps]:
    """The prompt, answer and steps of those traces that exist."""
    rows = await session.execute(
        select(traces.c.id, traces.c.payload).where(among(traces.c.id, ids, session.dialect.name))
    )
    return {trace_id: decode_stored(payload) for trace_id, payload in rows}


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
    session: Session, trace_ids: Sequence[uuid.UUID], columns: Sequence[Any]
) -> dict[uuid.UUID, list[Any]]:
    """Each trace's newest whole-trace score of every scorer, by the scorer's name, in one statement.

    Args:
        columns: what each row begins with.
    """
    statement = latest_statement(session.dialect.name, tuple(columns), of_steps=False)
    grouped: dict[uuid.UUID, list[Any]] = {trace_id: [] for trace_id in trace_ids}
    for row in await statement.rows(session, ids=trace_ids):
        grouped[row[-2]].append(row)
    return grouped


async def latest_step_scores(
    session: Session, trace_ids: Sequence[uuid.UUID], columns: Sequence[Any]
) -> dict[tuple[uuid.UUID, int], list[Any]]:
    """Each step's newest score of every scorer, by the scorer's name, for all steps of some traces in one statement.

    Args:
        columns: what each row begins with.
    """
    statement = latest_statement(session.dialect.name, tuple(columns), of_steps=True)
    grouped: dict[tuple[uuid.UUID, int], list[Any]] = {}
    for row in await statement.rows(session, ids=trace_ids):
        grouped.setdefault((row[-2], row[-1]), []).append(row)
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
