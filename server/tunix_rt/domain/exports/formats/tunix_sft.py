"""``TUNIX_SFT``: prompt and answer as one text in Gemma's turns, for supervised fine-tuning with Tunix."""

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
from tunix_rt.domain.exports.formats.turns import record_turns
from tunix_rt.domain.reasoning_templates import reasoning_template


def body(trace: DecodedTrace, options: FormatOptions) -> str:
    """Returns the rendered turns, and the raw answer in a separate field."""
    prompt, target = record_turns(
        options.user_text(trace.prompt),
        trace.contents,
        trace.final_answer,
        reasoning_template(options.template),
        keep_control_tokens=options.keep_control_tokens,
    )
    return f'"prompts": {json_string(prompt + target)}, "final_answer": {json_string(trace.final_answer)}'


EXPORT_FORMAT = RecordFormat(
    ExportFormat.TUNIX_SFT,
    "Tunix SFT: a user turn and a model turn in Gemma's chat markup; the model turn is written by a template.",
    (Field("prompts", FieldType.TEXT), Field("final_answer", FieldType.TEXT)),
    body,
    has_template=True,
)
