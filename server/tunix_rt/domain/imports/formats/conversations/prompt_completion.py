"""Prompts and completions: strings or lists of messages, or records of the export format ``PROMPT_COMPLETION``."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.exports.formats.prompt_completion import EXPORT_FORMAT
from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.formats.exported import parse_exported_solution, prompt_in, trace_of
from tunix_rt.domain.imports.formats.foreign import is_exported, own_metadata
from tunix_rt.domain.imports.reading.completions import completion_trace

READ = ("prompt", "completion")


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported, or the trace of a model's completion.

    Raises:
        UnknownMarkup: a part of the completion has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    metadata, round_trip = own_metadata(fields)
    if round_trip is None and not is_exported(metadata, EXPORT_FORMAT):
        return completion_trace(fields, READ, fields.get("prompt"), fields.get("completion"), ("completion",))
    prompt, completion = text_of(fields, "prompt"), text_of(fields, "completion")
    solution = parse_exported_solution(completion, round_trip, ["completion"])
    return trace_of(metadata, round_trip, EXPORT_FORMAT.reserved, prompt_in(prompt, round_trip), solution)


IMPORT_FORMAT = ImportFormat(
    "prompt_completion",
    "Rows of prompt and completion, strings or messages, a model's or exported as PROMPT_COMPLETION.",
    parse,
    (shape("prompt", "completion"),),
)
