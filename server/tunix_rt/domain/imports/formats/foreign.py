"""Rows from other sources: their fields other than prompt and response become metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from tunix_rt.domain.exports.formats import RecordFormat
from tunix_rt.domain.imports.formats.base import REASONING, ParsedRecord, TypedText, UnknownMarkup, steps_from
from tunix_rt.domain.imports.formats.exported import Solution, metadata_of

UNPARSED = "unparsed"
"""The metadata key for the reason why a text was kept unparsed."""


def is_exported(metadata: dict[str, Any], record_format: RecordFormat) -> bool:
    """Returns whether metadata were written by an export format."""
    return metadata.get("format") == record_format.format.value and metadata.keys() >= {*record_format.reserved}


def foreign_trace(
    fields: dict[str, Any],
    read: Collection[str],
    prompt: str,
    solution: Solution,
    meta: dict[str, Any] | None = None,
    before: Sequence[TypedText] = (),
) -> ParsedRecord:
    """Returns a trace with the row's metadata and its unread fields as metadata, and its ``id`` as the external id.

    Args:
        read: the fields that the trace uses.
        meta: further metadata.
        before: the steps before those of the solution.
    """
    rest = {name: value for name, value in fields.items() if name not in read and name != "metadata"}
    external_id = None
    if isinstance(rest.get("id"), str) or type(rest.get("id")) is int:
        external_id = str(rest.pop("id"))
    metadata, _ = metadata_of(fields)
    contents, answer = solution
    trace = {
        "trace_version": "1.0",
        "prompt": prompt,
        "final_answer": answer,
        "steps": steps_from([*before, *((REASONING, content) for content in contents)]),
        "meta": {**rest, **metadata, **(meta or {})} or None,
    }
    return ParsedRecord(trace, external_id)


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
