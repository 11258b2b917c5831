"""Prompts and completions: records of the export format ``PROMPT_COMPLETION``, and rows from other sources."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.exports.formats.prompt_completion import EXPORT_FORMAT
from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.formats.exported import Solution, metadata_of, parse_exported_solution, prompt_in, trace_of
from tunix_rt.domain.imports.formats.foreign import UNPARSED, foreign_trace, is_exported, parse_or_keep
from tunix_rt.domain.imports.reading.reasoning import parse_solution


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported, or the trace of a model's completion.

    Raises:
        UnknownMarkup: a part of the completion has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    metadata, round_trip = metadata_of(fields)
    prompt, completion = text_of(fields, "prompt"), text_of(fields, "completion")
    if round_trip is not None or is_exported(metadata, EXPORT_FORMAT):
        solution = parse_exported_solution(completion, round_trip, ["completion"])
        return trace_of(metadata, round_trip, EXPORT_FORMAT.reserved, prompt_in(prompt, round_trip), solution)

    def made_of(solution: Solution, meta: dict[str, Any] | None = None) -> ParsedRecord:
        return foreign_trace(fields, ("prompt", "completion"), prompt, solution, meta)

    return parse_or_keep(
        lambda: made_of(parse_solution(completion, None, ["completion"])),
        lambda reason: made_of(([completion], completion), {UNPARSED: reason}),
    )


IMPORT_FORMAT = ImportFormat(
    "prompt_completion",
    "Rows of prompt and completion, a model's or exported as PROMPT_COMPLETION.",
    parse,
    (shape("prompt", "completion"),),
)
