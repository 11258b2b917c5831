"""``TRAINING_EXAMPLE``: a prompt that asks for the reasoning, and the response."""

from __future__ import annotations

import uuid

from tunix_rt.domain.exports.formats.base import (
    DecodedTrace,
    ExportFormat,
    Field,
    FieldType,
    FormatOptions,
    RecordFormat,
    StoredTrace,
)
from tunix_rt.domain.exports.formats.escaping import json_string
from tunix_rt.domain.exports.formats.turns import reasoning_text

REQUEST = "\n\nPlease show your reasoning steps."


def example_id(stored: StoredTrace) -> str:
    """Returns the UUIDv5 of ``training_example`` in the namespace of the trace's id: the same in each export."""
    return str(uuid.uuid5(uuid.UUID(stored.id), ExportFormat.TRAINING_EXAMPLE.value))


def body(trace: DecodedTrace, options: FormatOptions) -> str:
    """Returns the prompt with the request for reasoning, and the numbered reasoning with the answer."""
    prompt = options.user_text(trace.prompt) + REQUEST
    response = reasoning_text(trace.contents, trace.final_answer)
    return f'"prompt": {json_string(prompt)}, "response": {json_string(response)}'


EXPORT_FORMAT = RecordFormat(
    ExportFormat.TRAINING_EXAMPLE,
    "A prompt that asks for reasoning, and a response with numbered steps and the final answer.",
    (Field("prompt", FieldType.TEXT), Field("response", FieldType.TEXT)),
    body,
    identify=example_id,
    has_source_id=True,
    has_format_key=False,
)
