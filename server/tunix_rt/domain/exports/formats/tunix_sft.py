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
from tunix_rt.domain.exports.formats.turns import RecordTurns, raw_turns, record_turns
from tunix_rt.domain.reasoning_templates import reasoning_template


def body(trace: DecodedTrace, options: FormatOptions) -> str:
    """Returns the rendered turns, and the raw answer in a separate field."""
    prompt, target = turns_of(trace, options)
    return f'"prompts": {json_string(prompt + target)}, "final_answer": {json_string(trace.final_answer)}'


def turns_of(trace: DecodedTrace, options: FormatOptions) -> RecordTurns:
    """Returns the turns, the model's by the template or as it was written."""
    user, keep = options.user_text(trace.prompt), options.keep_control_tokens
    if trace.raw_text is not None:
        return raw_turns(user, trace.raw_text, keep_control_tokens=keep)
    template = reasoning_template(options.template)
    return record_turns(user, trace.contents, trace.final_answer, template, keep_control_tokens=keep)


EXPORT_FORMAT = RecordFormat(
    ExportFormat.TUNIX_SFT,
    "Tunix SFT: a user turn and a model turn in Gemma's chat markup; the model turn is written by a template.",
    (Field("prompts", FieldType.TEXT), Field("final_answer", FieldType.TEXT)),
    body,
    has_template=True,
)
