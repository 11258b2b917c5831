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

REQUEST = "\n\nPlease show your reasoning steps."


def example_id(stored: StoredTrace) -> str:
    """Returns the UUIDv5 of ``training_example`` in the namespace of the trace's id: the same in each export."""
    return str(uuid.uuid5(uuid.UUID(stored.id), ExportFormat.TRAINING_EXAMPLE.value))


def body(trace: DecodedTrace, options: FormatOptions) -> str:
    """Returns the prompt with the request for reasoning, and the reasoning with the answer."""
    prompt = options.user_text(trace.prompt) + REQUEST
    response = options.model_text(trace)
    return f'"prompt": {json_string(prompt)}, "response": {json_string(response)}'


EXPORT_FORMAT = RecordFormat(
    ExportFormat.TRAINING_EXAMPLE,
    "A prompt that asks for reasoning, and a response with the steps and the final answer by a template.",
    (Field("prompt", FieldType.TEXT), Field("response", FieldType.TEXT)),
    body,
    identify=example_id,
    has_source_id=True,
    has_format_key=False,
    has_template=True,
)
