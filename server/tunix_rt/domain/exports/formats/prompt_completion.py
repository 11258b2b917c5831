"""``PROMPT_COMPLETION``: a prompt and the completion that the model is trained to write."""

from __future__ import annotations

from tunix_rt.domain.exports.formats.base import (
    DecodedTrace,
    ExportFormat,
    Field,
    FieldType,
    FormatOptions,
    RecordFormat,
)
from tunix_rt.domain.exports.formats.escaping import json_string


def body(trace: DecodedTrace, options: FormatOptions) -> str:
    """Returns the prompt, and the completion: the reasoning with the answer."""
    completion = options.model_text(trace)
    return f'"prompt": {json_string(options.user_text(trace.prompt))}, "completion": {json_string(completion)}'


EXPORT_FORMAT = RecordFormat(
    ExportFormat.PROMPT_COMPLETION,
    "A prompt, and a completion with the steps and the final answer by a template.",
    (Field("prompt", FieldType.TEXT), Field("completion", FieldType.TEXT)),
    body,
    has_template=True,
)
