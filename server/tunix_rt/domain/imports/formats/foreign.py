"""Rows from other sources: their fields other than prompt and response become metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from tunix_rt.domain.exports.formats import RecordFormat
from tunix_rt.domain.exports.formats.round_trip import RoundTrip
from tunix_rt.domain.imports.formats.answers import hashed_answer
from tunix_rt.domain.imports.formats.base import (
    REASONING,
    ParsedRecord,
    TypedText,
    UnknownMarkup,
    as_records,
    steps_from,
)
from tunix_rt.domain.imports.formats.exported import Solution, metadata_of
from tunix_rt.domain.traces.trace import REFERENCE_MAX_CHARS, steps_or_answer

REFERENCES = (
    "reference_answer",
    "ground_truth_answer",
    "ground_truth",
    "gold_answer",
    "gold",
    "target",
    "expected_answer",
    "expected",
    "answer",
)
"""Fields of rows that have a reference answer, by precedence."""
IDS = ("id", "uuid", "prompt_id")
"""Fields of rows that have an external id, by precedence."""
METADATA = "metadata"
UNPARSED = "unparsed"
"""The metadata key for the reason why a text was kept unparsed."""


def is_exported(metadata: dict[str, Any], record_format: RecordFormat) -> bool:
    """Returns whether metadata were written by an export format."""
    return metadata.get("format") == record_format.format.value and metadata.keys() >= {*record_format.marks}


def own_metadata(fields: dict[str, Any]) -> tuple[dict[str, Any], RoundTrip | None]:
    """Returns as ``metadata_of`` does; nothing if ``metadata`` is a string, which is then a field like any other.

    Data sets whose rows have different metadata, such as s1K, have them as a text.

    Raises:
        BadUserInput: as ``metadata_of`` does.
    """
    return ({}, None) if isinstance(fields.get(METADATA), str) else metadata_of(fields)


def foreign_trace(
    fields: dict[str, Any],
    read: Collection[str],
    prompt: str,
    solution: Solution,
    meta: dict[str, Any] | None = None,
    before: Sequence[TypedText] = (),
) -> ParsedRecord:
    """Returns the trace of a row, with its metadata and unread fields as metadata.

    The first of ``IDS`` that it has is the external id, the first of ``REFERENCES`` the reference answer.

    Args:
        read: the fields that the trace uses.
        meta: further metadata.
        before: the steps before those of the solution.
    """
    metadata, _ = own_metadata(fields)
    used = read if isinstance(fields.get(METADATA), str) else (*read, METADATA)
    rest = {name: value for name, value in fields.items() if name not in used}
    external_id, reference = take_text(rest, IDS), take_reference(rest)
    contents, answer = solution
    trace = {
        "trace_version": "1.0",
        "prompt": prompt,
        "final_answer": answer,
        "steps": steps_or_answer(steps_from([*before, *((REASONING, content) for content in contents)]), answer),
        "meta": {**rest, **metadata, **(meta or {})} or None,
    }
    return ParsedRecord(trace, external_id, reference_answer=reference)


def take_text(rest: dict[str, Any], names: Collection[str], maximum: int | None = None) -> str | None:
    """Takes the first of some fields that is a string or a number out of a row; returns None if there is none.

    Args:
        maximum: the maximum number of characters; a longer text is left in the row.
    """
    for name in names:
        value = rest.get(name)
        text = str(value) if type(value) in (int, float) else value
        if isinstance(text, str) and text and (maximum is None or len(text) <= maximum):
            del rest[name]
            return text
    return None


def take_reference(rest: dict[str, Any]) -> str | None:
    """Takes the reference answer out of a row; of a whole solution in GSM8K's form only its result, which stays."""
    whole = dict(rest)
    reference = take_text(rest, REFERENCES, REFERENCE_MAX_CHARS)
    result = None if reference is None else result_of(reference)
    if result is None:
        return reference
    rest |= {name: value for name, value in whole.items() if name not in rest}
    return result


def result_of(solution: str) -> str | None:
    """Returns the result of a whole solution in GSM8K's form; None if a text is none."""
    found = hashed_answer(solution)
    return found[1] if found and found[0].strip() else None


def parse_or_keep(read: Callable[[], ParsedRecord], whole: Callable[[str], ParsedRecord]) -> ParsedRecord:
    """Returns a row's trace.

    Args:
        whole: returns the trace with the row's unparsed text, given the reason.

    Raises:
        UnknownMarkup: the text has unknown markup; carries the trace from ``whole``.
    """
    try:
        return read()
    except UnknownMarkup as error:
        error.whole = whole(error.message)
        raise


def finish_each(read: Callable[[], ParsedRecord], finish: Callable[[ParsedRecord], ParsedRecord]) -> ParsedRecord:
    """Returns a row's trace after a change to it, also to the trace with the row's unparsed text.

    Raises:
        UnknownMarkup: the text has unknown markup; carries the changed trace with the unparsed text.
    """
    try:
        return finish(read())
    except UnknownMarkup as error:
        error.whole = tuple(finish(whole) for whole in as_records(error.whole or ()))
        raise
