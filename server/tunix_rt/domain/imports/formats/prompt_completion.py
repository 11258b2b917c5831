"""Prompts and completions: records of the export format ``PROMPT_COMPLETION``, and rows from elsewhere."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.exports.formats.prompt_completion import RENDERING
from tunix_rt.domain.imports.formats.base import Format, Parsed, object_of, shape, text_of
from tunix_rt.domain.imports.formats.exported import Solution, metadata_of, parse_exported_solution, prompt_in, trace_of
from tunix_rt.domain.imports.formats.foreign import UNPARSED, foreign_trace, is_exported, read_or_whole
from tunix_rt.domain.imports.reading.reasoning import parse_solution


def parse(line: Any, _: int) -> Parsed:
    """The trace that was exported, or the one that a model's completion makes.

    Raises:
        UnknownMarkup: a part of the completion is marked as something that is not known.
        BadUserInput: naming the field that is missing or malformed.
    """
    fields = object_of(line)
    metadata, note = metadata_of(fields)
    prompt, completion = text_of(fields, "prompt"), text_of(fields, "completion")
    if note is not None or is_exported(metadata, RENDERING):
        worked = parse_exported_solution(completion, note, ["completion"])
        return trace_of(metadata, note, RENDERING.reserved, prompt_in(prompt, note), worked)

    def made_of(worked: Solution, meta: dict[str, Any] | None = None) -> Parsed:
        return foreign_trace(fields, ("prompt", "completion"), prompt, worked, meta)

    return read_or_whole(
        lambda: made_of(parse_solution(completion, None, ["completion"])),
        lambda reason: made_of(([completion], completion), {UNPARSED: reason}),
    )


FORMAT = Format(
    "prompt_completion",
    "Rows of prompt and completion, a model's or exported as PROMPT_COMPLETION.",
    parse,
    (shape("prompt", "completion"),),
)
