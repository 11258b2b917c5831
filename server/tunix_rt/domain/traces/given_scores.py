"""Stores many scores of stored traces that are referred to by id, content hash or external id: all or none."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.errors import TRACE_DELETED
from tunix_rt.db.identity import now
from tunix_rt.db.membership import among
from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Session
from tunix_rt.domain.scores.draft import GivenScore, check_kind, check_score, check_step
from tunix_rt.domain.scores.storage import decode_indexes, given_row
from tunix_rt.domain.traces.references import TraceReference, find_traces
from tunix_rt.domain.traces.validation import first_errors
from tunix_rt.errors import BadUserInput, Conflict, TunixRtError, ValidationErrors, within
from tunix_rt.offload import off_loop

SCORES_AT_ONCE = 1000
CHARS_AT_ONCE = 16_000_000
"""The characters of the traces whose steps are read by one statement."""

OTHER_WAYS = "traceId, or contentHash"


class ReferredScore(msgspec.Struct, frozen=True):
    """A score and the reference to its trace."""

    trace: TraceReference
    score: GivenScore

    def check(self) -> None:
        """Checks everything that does not need the database.

        Raises:
            BadUserInput: a field is invalid, or the trace is referred to in none or in several ways.
        """
        self.trace.require_one_way(OTHER_WAYS)
        check_kind(self.score.kind)
        check_score(self.score)


async def add_referred_scores(session: Session, drafts: Sequence[ReferredScore]) -> list[dict[str, Any]]:
    """Stores scores and returns their rows in input order.

    Raises:
        ValidationErrors: the first errors, each with the position of its score; nothing is stored.
        Conflict: a trace was deleted in the meantime; nothing is stored.
    """
    checked = [error_of(draft) for draft in drafts]
    sound = [position for position, error in enumerate(checked) if error is None]
    found = await find_traces(session, [drafts[position].trace for position in sound])
    traces_of = dict(zip(sound, found, strict=True))
    steps = await step_indexes(session, traces_of_steps(drafts, traces_of))
    errors = first_errors(errors_at(drafts, checked, traces_of, steps))
    if errors:
        raise ValidationErrors(errors)
    at = now()
    rows = [
        given_row(trace_id, draft.score, at)
        for draft, trace_id in zip(drafts, found, strict=True)
        if isinstance(trace_id, uuid.UUID)
    ]
    await insert_rows(session, scores, rows)
    return rows


def error_of(draft: ReferredScore) -> BadUserInput | None:
    """Returns the first error of a score that needs no database; None if it has none."""
    try:
        draft.check()
    except BadUserInput as error:
        return error
    return None


def traces_of_steps(drafts: Sequence[ReferredScore], found: Mapping[int, uuid.UUID | TunixRtError]) -> list[uuid.UUID]:
    """Returns the ids of the traces of which a step is scored."""
    ids = [
        trace_id
        for position, trace_id in found.items()
        if isinstance(trace_id, uuid.UUID) and drafts[position].score.step_index is not None
    ]
    return list(dict.fromkeys(ids))


def errors_at(
    drafts: Sequence[ReferredScore],
    checked: Sequence[BadUserInput | None],
    found: Mapping[int, uuid.UUID | TunixRtError],
    steps: Mapping[uuid.UUID, set[int]],
) -> Iterator[TunixRtError]:
    """Yields the first error of each score, with its position.

    Args:
        checked: the error of each score that needed no database.
        found: the trace, or the error of its reference, of each other score, by position.
        steps: the indexes of the steps of each trace of which a step is scored.
    """
    for position, draft in enumerate(drafts):
        error = checked[position] or found[position]
        try:
            if isinstance(error, TunixRtError):
                raise error
            if draft.score.step_index is not None:
                check_step(draft.score.step_index, steps[error])
        except TunixRtError as raised:
            yield within(("scores", position), raised)


async def step_indexes(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[int]]:
    """Returns the indexes of the steps of different traces; reads a bounded number of characters at once.

    Raises:
        Conflict: a trace was deleted since it was found.
    """
    found: dict[uuid.UUID, set[int]] = {}
    for part in await parts_by_size(session, ids):
        query = select(traces.c.id, traces.c.payload).where(among(traces.c.id, part, session.dialect.name))
        rows = (await session.execute(query)).all()
        found |= await off_loop(sum(len(row.payload) for row in rows), decoded_indexes, rows)
    if len(found) < len(ids):
        raise Conflict(TRACE_DELETED, ["traceId"])
    return found


def decoded_indexes(rows: Sequence[Any]) -> dict[uuid.UUID, set[int]]:
    """Returns the indexes of the steps of each row's trace."""
    return {row.id: {step.i for step in decode_indexes(row.payload).steps} for row in rows}


async def parts_by_size(session: Session, ids: Sequence[uuid.UUID]) -> list[list[uuid.UUID]]:
    """Splits ids of traces into parts of at most ``CHARS_AT_ONCE`` characters, or of one trace."""
    if not ids:
        return []
    query = select(traces.c.id, traces.c.char_count).where(among(traces.c.id, ids, session.dialect.name))
    parts: list[list[uuid.UUID]] = [[]]
    size = 0
    for row in await session.execute(query):
        if parts[-1] and size + row.char_count > CHARS_AT_ONCE:
            parts.append([])
            size = 0
        parts[-1].append(row.id)
        size += row.char_count
    return parts
