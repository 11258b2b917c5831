"""Records of the export format ``TRAINING_EXAMPLE``: a prompt that asks for the reasoning, and the response."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.exports.formats.training_example import EXPORT_FORMAT, REQUEST
from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.formats.exported import metadata_of, parse_exported_solution, prompt_in, trace_of


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported.

    Raises:
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    metadata, round_trip = metadata_of(fields)
    prompt = prompt_in(text_of(fields, "prompt").removesuffix(REQUEST), round_trip)
    solution = parse_exported_solution(text_of(fields, "response"), round_trip, ["response"])
    return trace_of(metadata, round_trip, EXPORT_FORMAT.reserved, prompt, solution)


IMPORT_FORMAT = ImportFormat(
    "training_example",
    "Exports as TRAINING_EXAMPLE: prompt, response, metadata.",
    parse,
    (shape("prompt", "response"),),
)
