"""``CHAT_MESSAGES``: a conversation in the format of OpenAI's API, which most trainers read."""

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
    """Returns the messages: system if there is an instruction, user, and assistant with the reasoning and answer."""
    messages = f"{message('user', trace.prompt)}, {message('assistant', options.model_text(trace))}"
    if options.system_instruction:
        messages = f"{message('system', options.system_instruction)}, {messages}"
    return f'"messages": [{messages}]'


def message(role: str, content: str) -> str:
    """Returns one message."""
    return f'{{"role": "{role}", "content": {json_string(content)}}}'


EXPORT_FORMAT = RecordFormat(
    ExportFormat.CHAT_MESSAGES,
    "Chat messages with the roles system, user and assistant; the assistant's message is written by a template.",
    (Field("messages", FieldType.MESSAGES),),
    body,
    has_template=True,
)
