"""Imports of scores: JSON records, each a score and a reference to its stored trace."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterable, Callable, Iterator, Mapping, Sequence
from typing import Any

from tunix_rt.db.models import scores
from tunix_rt.db.session import Database, Session, lock_inserts
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.imports.formats.base import object_of
from tunix_rt.domain.imports.formats.native import scores_of, text_or_none
from tunix_rt.domain.imports.importing import ImportReport, OnError, batches
from tunix_rt.domain.imports.line_imports import unit_of
from tunix_rt.domain.imports.lines import line_count
from tunix_rt.domain.scores.draft import GivenScore, KnownScores, check_score, check_step
from tunix_rt.domain.scores.storage import add_given_scores, known_scores
from tunix_rt.domain.text import decode_strict_json
from tunix_rt.domain.traces.given_scores import ReferredScore, step_indexes
from tunix_rt.domain.traces.references import TraceReference, find_traces
from tunix_rt.errors import BadId, BadUserInput, TunixRtError, errors_of

REFERENCES = {"trace_id": "traceId", "content_hash": "contentHash", "source": "source", "external_id": "externalId"}
"""The fields of a line that refer to its trace, and their names in the schema."""
OTHER_WAYS = "trace_id, or content_hash"
Numbered = tuple[int, ReferredScore]
"""A score and the number of its line."""


async def import_scores(
    database: Database,
    lines: AsyncIterable[bytes | BadUserInput],
    *,
    on_error: OnError = OnError.STOP,
    progress: Callable[[ImportReport], None] = lambda _: None,
    report: ImportReport | None = None,
) -> ImportReport:
    """Stores each score unless its trace has it already (see ``KnownScores``); each batch is one transaction.

    In the report, ``scores`` counts new scores and ``duplicates`` those that were stored already.

    Args:
        progress: called after each batch.
        report: the report to update, for a caller that needs the counts after an error too.

    Raises:
        BadUserInput: the source itself is damaged.
        Unavailable: the database became unavailable; earlier batches stay stored, and a new import adds the rest.
    """
    report, unit = report or ImportReport(), unit_of(lines)
    async for batch in batches(lines):
        report.unit = unit()
        drafts = await asyncio.to_thread(read_scores, batch, report)  # lets other tasks run
        if not await store_scores(database, drafts, on_error, report):
            report.stopped = True
            break
        progress(report)
    return report


def read_scores(batch: Sequence[bytes | BadUserInput], report: ImportReport) -> list[Numbered]:
    """Returns the scores of a batch's valid lines and records the errors of the others; blank lines are skipped."""
    drafts: list[Numbered] = []
    for line in batch:
        report.lines += line_count(line)
        try:
            if isinstance(line, BadUserInput):
                raise line
            if line.strip():
                drafts.append((report.lines, parse_score(decode_strict_json(line))))
        except (BadUserInput, BadId) as error:
            report.refuse(report.lines, error)
    return drafts


def parse_score(line: Any) -> ReferredScore:
    """Returns the score of a line.

    Raises:
        BadId: the trace's id is none.
        BadUserInput: a field is missing, unknown or invalid, or the trace is referred to in none or in several ways.
    """
    fields = object_of(line)
    given = {name: text_or_none(fields, name) for name in REFERENCES}
    trace_id = given.pop("trace_id")
    identity = None if trace_id is None else uuid_of(trace_id, "Trace", ("trace_id",))
    reference = TraceReference(id=identity, **given)
    try:
        reference.require_one_way(OTHER_WAYS)
    except BadUserInput as error:
        raise in_words_of_lines(error) from None
    try:
        (score,) = scores_of([fields])
    except BadUserInput as error:
        error.message = error.message.removeprefix("scores[0].")
        error.path = error.path[2:]
        raise
    check_score(score, "scorer_version")
    return ReferredScore(reference, score)


async def store_scores(database: Database, drafts: Sequence[Numbered], on_error: OnError, report: ImportReport) -> bool:
    """Stores the new scores of a batch and returns True; returns False if an error ends the import.

    The counts are updated after the commit.
    """
    if report.rejected and on_error is OnError.STOP:
        return False
    if not drafts:  # a batch may have only blank lines
        return True
    async with database.write() as session:
        await lock_inserts(session, scores.name)
        found = await find_traces(session, [draft.trace for _, draft in drafts])
        errors = dict(await errors_in(session, drafts, found))
        for number, error in errors.items():
            report.refuse(number, error)
        if errors and on_error is OnError.STOP:
            return False
        pairs = [
            (trace_id, draft.score)
            for (number, draft), trace_id in zip(drafts, found, strict=True)
            if number not in errors and isinstance(trace_id, uuid.UUID)
        ]
        new = unknown_scores(pairs, await known_scores(session, {trace_id for trace_id, _ in pairs}))
        added = await add_given_scores(session, new)
    report.scores += added
    report.duplicates += len(pairs) - added
    return True


async def errors_in(
    session: Session, drafts: Sequence[Numbered], found: Sequence[uuid.UUID | TunixRtError]
) -> list[tuple[int, TunixRtError]]:
    """Returns the error of each score whose trace was not found or does not have the scored step."""
    stepped = {
        trace_id
        for (_, draft), trace_id in zip(drafts, found, strict=True)
        if isinstance(trace_id, uuid.UUID) and draft.score.step_index is not None
    }
    steps = await step_indexes(session, list(stepped))
    errors = []
    for (number, draft), trace_id in zip(drafts, found, strict=True):
        try:
            if isinstance(trace_id, TunixRtError):
                raise trace_id
            if draft.score.step_index is not None:
                check_step(draft.score.step_index, steps[trace_id], "step_index")
        except TunixRtError as error:
            errors.append((number, in_words_of_lines(error)))
    return errors


def unknown_scores(
    pairs: Sequence[tuple[uuid.UUID, GivenScore]], known: Mapping[uuid.UUID, KnownScores]
) -> Iterator[tuple[uuid.UUID, GivenScore]]:
    """Yields each score that its trace does not have, and the same score only once."""
    for trace_id, score in pairs:
        if not known[trace_id].has(score):
            known[trace_id].add(score)
            yield trace_id, score


def in_words_of_lines(error: TunixRtError) -> TunixRtError:
    """Returns an error with the names of a line's fields in place of the schema's."""
    for single in errors_of(error):
        for field, name in REFERENCES.items():
            single.message = single.message.replace(name, field)
            single.path = tuple(field if part == name else part for part in single.path)
    return error
