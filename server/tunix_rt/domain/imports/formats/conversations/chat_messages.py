"""Conversations: messages in the formats of OpenAI's API and ShareGPT, or exported as ``CHAT_MESSAGES``.

The last message must be the assistant's answer, and the last user message before it is the prompt. The messages
between them, and the reasoning of the answer, become steps. System messages and all others become metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from tunix_rt.domain.exports.formats.chat_messages import EXPORT_FORMAT
from tunix_rt.domain.imports.formats.base import REASONING, ImportFormat, ParsedRecord, list_of, object_of, shape
from tunix_rt.domain.imports.formats.exported import metadata_of, parse_exported_solution, prompt_in, trace_of
from tunix_rt.domain.imports.formats.foreign import UNPARSED, foreign_trace, is_exported, parse_or_keep
from tunix_rt.domain.imports.reading.messages import ASSISTANT, SYSTEM, USER, Message, message_of, present
from tunix_rt.domain.imports.reading.reasoning import parse_solution
from tunix_rt.domain.imports.reading.tool_calls import call_text, calls_of, steps_before, value_text
from tunix_rt.errors import BadUserInput

LISTS = ("messages", "conversations")


@dataclass(frozen=True)
class Turn:
    """The last turn of a conversation: a question, the messages between, and the answer."""

    question: Message
    between: Sequence[Message]
    answer: Message


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported, or the trace of a conversation.

    Raises:
        UnknownMarkup: a message has unknown markup.
        BadUserInput: a message or field is invalid; the path names it.
    """
    fields = object_of(line)
    metadata, round_trip = metadata_of(fields)
    name = present(fields, LISTS)
    messages = [message_of(value, (name, position)) for position, value in enumerate(list_of(fields, name))]
    turn = turn_of(messages, name)
    context = context_of(messages, turn)
    if round_trip is not None or is_exported(metadata, EXPORT_FORMAT):
        solution = parse_exported_solution(turn.answer.text, round_trip, turn.answer.content_path)
        metadata = metadata if round_trip else metadata | context
        return trace_of(
            metadata, round_trip, EXPORT_FORMAT.reserved, prompt_in(turn.question.text, round_trip), solution
        )
    return parse_or_keep(
        lambda: read_turn(fields, name, turn, context), lambda reason: whole_turn(fields, name, turn, context, reason)
    )


def read_turn(fields: dict[str, Any], name: str, turn: Turn, context: dict[str, Any]) -> ParsedRecord:
    """Returns the trace of a turn; raises as ``parse`` does."""
    answer = turn.answer
    if calls_of(answer):
        raise BadUserInput("The conversation ends with a tool call instead of an answer.", answer.path)
    before = [step for message in turn.between for step in steps_before(message)]
    solution = parse_solution(answer.text, answer.thought, answer.content_path, follows=bool(before))
    return foreign_trace(fields, [name], turn.question.text, solution, context, before)


def whole_turn(fields: dict[str, Any], name: str, turn: Turn, context: dict[str, Any], reason: str) -> ParsedRecord:
    """Returns the trace of a turn with unknown markup: one step with all messages, and the whole last message as the
    answer.
    """
    transcript = "\n\n".join(text for message in (*turn.between, turn.answer) for text in raw_texts(message))
    answer = turn.answer.text
    return foreign_trace(
        fields, [name], turn.question.text, ([], answer), context | {UNPARSED: reason}, [(REASONING, transcript)]
    )


def raw_texts(message: Message) -> list[str]:
    """Returns the unparsed texts of a message: its thought, content and calls."""
    content = [] if message.content is None else [value_text(message.content, message.content_path)]
    calls = [call_text(call, path) for call, path in calls_of(message)]
    return [text for text in (message.thought, *content, *calls) if text]


def turn_of(messages: Sequence[Message], name: str) -> Turn:
    """Returns the last turn: the last user message, the assistant's answer at the end, and the messages between.

    Raises:
        BadUserInput: one of the two is missing.
    """
    if not messages or messages[-1].role not in ASSISTANT:
        raise BadUserInput("The last message must be from the assistant.", messages[-1].path if messages else [name])
    for position in range(len(messages) - 1, -1, -1):
        if messages[position].role in USER and not messages[position].is_result:
            between = [message for message in messages[position + 1 : -1] if message.role not in SYSTEM]
            return Turn(messages[position], between, messages[-1])
    raise BadUserInput("There is no user message.", [name])


def context_of(messages: Sequence[Message], turn: Turn) -> dict[str, Any]:
    """Returns the metadata of the messages before a turn: leading system messages, and all others."""
    system = list(takewhile(lambda message: message.role in SYSTEM, messages))
    others = [message.fields for message in messages[len(system) :] if message not in (turn.question, turn.answer)]
    context: dict[str, Any] = {}
    if system:
        context["system_instruction"] = "\n\n".join(message.text for message in system)
    if others:
        context["history"] = others
    return context


IMPORT_FORMAT = ImportFormat(
    "chat_messages",
    "Conversations: OpenAI's messages, ShareGPT's, or exported as CHAT_MESSAGES.",
    parse,
    (shape("messages"), shape("conversations")),
)
