"""Records of the export format ``TRACE``: the parts of a trace in separate fields."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.exports.formats.trace import EXPORT_FORMAT
from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of, texts_of
from tunix_rt.domain.imports.formats.exported import metadata_of, trace_of


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported.

    Raises:
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    metadata, round_trip = metadata_of(fields)
    prompt, answer = text_of(fields, "prompts"), text_of(fields, "final_answer")
    contents = texts_of(fields, "trace_steps", "step")
    return trace_of(metadata, round_trip, EXPORT_FORMAT.reserved, prompt, (contents, answer))


IMPORT_FORMAT = ImportFormat(
    "trace",
    "Exports as TRACE: prompts, trace_steps, final_answer, metadata.",
    parse,
    (shape("prompts", "trace_steps"),),
)
