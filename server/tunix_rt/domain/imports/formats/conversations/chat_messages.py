"""Conversations: messages in the formats of OpenAI's API, ShareGPT and Harmony, or exported as ``CHAT_MESSAGES``."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.exports.formats.chat_messages import EXPORT_FORMAT
from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, list_of, object_of, shape
from tunix_rt.domain.imports.formats.exported import parse_exported_solution, prompt_in, trace_of
from tunix_rt.domain.imports.formats.foreign import is_exported, own_metadata
from tunix_rt.domain.imports.reading.conversations import context_of, conversation_trace, messages_in, turn_of
from tunix_rt.domain.imports.reading.messages import present

LISTS = ("messages", "conversations")


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported, or the trace of a conversation.

    Raises:
        UnknownMarkup: a message has unknown markup.
        BadUserInput: a message or field is invalid; the path names it.
    """
    fields = object_of(line)
    metadata, round_trip = own_metadata(fields)
    name = present(fields, LISTS)
    messages = messages_in(list_of(fields, name), (name,))
    if round_trip is None and not is_exported(metadata, EXPORT_FORMAT):
        return conversation_trace(fields, [name], messages, [name])
    turn = turn_of(messages, [name])
    solution = parse_exported_solution(turn.answer.text, round_trip, turn.answer.content_path)
    metadata = metadata if round_trip else metadata | context_of(messages, turn)
    return trace_of(metadata, round_trip, EXPORT_FORMAT.reserved, prompt_in(turn.question.text, round_trip), solution)


IMPORT_FORMAT = ImportFormat(
    "chat_messages",
    "Conversations: OpenAI's messages, ShareGPT's, Harmony's, or exported as CHAT_MESSAGES.",
    parse,
    (shape("messages"), shape("conversations")),
)
