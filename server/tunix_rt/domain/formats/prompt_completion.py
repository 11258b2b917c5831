"""Prompts and completions: records of the export format ``PROMPT_COMPLETION``, and rows from elsewhere."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.formats.base import Format, Parsed, object_of, text_of
from tunix_rt.domain.formats.exported import metadata_of, prompt_in, trace_of, worked_in
from tunix_rt.domain.formats.foreign import foreign_trace, is_exported
from tunix_rt.domain.formats.worked import worked_out
from tunix_rt.domain.rendering.prompt_completion import RENDERING


def parse(line: Any, _: int) -> Parsed:
    """The trace that was exported, or the one that a model's completion makes.

    Raises:
        BadUserInput: naming the field that is missing or malformed.
    """
    fields = object_of(line)
    metadata, note = metadata_of(fields)
    prompt, completion = text_of(fields, "prompt"), text_of(fields, "completion")
    if note is not None or is_exported(metadata, RENDERING):
        worked = worked_in(completion, note, ["completion"])
        return trace_of(metadata, note, RENDERING.reserved, prompt_in(prompt, note), worked)
    worked = worked_out(completion, None, ["completion"])
    return foreign_trace(fields, ("prompt", "completion"), prompt, worked)


FORMAT = Format(
    "prompt_completion", "Rows of prompt and completion, a model's or exported as PROMPT_COMPLETION.", parse
)
