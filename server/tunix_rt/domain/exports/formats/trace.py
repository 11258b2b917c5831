"""``TRACE``: the parts of a trace in separate fields, the default format of the original application."""

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


def body(trace: DecodedTrace, _: FormatOptions) -> str:
    """Returns the raw prompt (``prompts``, Tunix's name), the contents of the steps, and the answer."""
    contents = ", ".join([json_string(content) for content in trace.texts])
    prompt, answer = json_string(trace.prompt), json_string(trace.final_answer)
    return f'"prompts": {prompt}, "trace_steps": [{contents}], "final_answer": {answer}'


EXPORT_FORMAT = RecordFormat(
    ExportFormat.TRACE,
    "Prompt, steps and final answer in separate fields.",
    (Field("prompts", FieldType.TEXT), Field("trace_steps", FieldType.TEXTS), Field("final_answer", FieldType.TEXT)),
    body,
    has_format_key=False,
)
