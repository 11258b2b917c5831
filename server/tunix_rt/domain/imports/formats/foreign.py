"""Rows that were not exported here: what they say beside prompt and response becomes metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from tunix_rt.domain.exports.formats import RecordFormat
from tunix_rt.domain.imports.formats.base import REASONING, ParsedRecord, TypedText, UnknownMarkup, steps_from
from tunix_rt.domain.imports.formats.exported import Solution, metadata_of

UNPARSED = "unparsed"
"""The metadata key that says why a text was kept whole."""


def is_exported(metadata: dict[str, Any], record_format: RecordFormat) -> bool:
    """Returns whether metadata are those that a rendering writes."""
    return metadata.get("format") == record_format.format.value and metadata.keys() >= {*record_format.reserved}


def foreign_trace(
    fields: dict[str, Any],
    read: Collection[str],
    prompt: str,
    solution: Solution,
    meta: dict[str, Any] | None = None,
    before: Sequence[TypedText] = (),
) -> ParsedRecord:
    """Returns a trace whose metadata are the row's and all of its fields that are not read; its ``id`` is the external
    id.

    Args:
        read: the fields that the trace is made of.
        meta: what else there is to say.
        before: the steps that the worked ones follow.
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
    """Returns a row's trace, or one with the whole text as a step if its markup is unknown.

    Args:
        whole: the trace of the row with its text as it is, from what is not understood in it.

    Raises:
        UnknownMarkup: with that trace.
    """
    try:
        return read()
    except UnknownMarkup as error:
        error.whole = whole(error.message)
        raise
