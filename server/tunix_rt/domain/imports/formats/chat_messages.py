"""Conversations: messages as OpenAI's API has them, as ShareGPT has them, or exported as ``CHAT_MESSAGES``.

The last message must be an assistant's answer, and the last user's message before it is the prompt. What is between
them, and the reasoning of the answer, become steps. A system's message and all other ones become metadata.
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
    """The end of a conversation: a question, what is done about it, and its answer."""

    question: Message
    between: Sequence[Message]
    answer: Message


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace that was exported, or the one that a conversation makes.

    Raises:
        UnknownMarkup: a message is marked by what is not known.
        BadUserInput: naming the message or the field that makes no trace.
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
    """Returns the trace of a turn that is not understood: one step with all that was said, and the last message
    whole.
    """
    said = "\n\n".join(text for message in (*turn.between, turn.answer) for text in raw_texts(message))
    answer = turn.answer.text
    return foreign_trace(
        fields, [name], turn.question.text, ([], answer), context | {UNPARSED: reason}, [(REASONING, said)]
    )


def raw_texts(message: Message) -> list[str]:
    """Returns all that a message says, as it is."""
    said = [] if message.content is None else [value_text(message.content, message.content_path)]
    calls = [call_text(call, path) for call, path in calls_of(message)]
    return [text for text in (message.thought, *said, *calls) if text]


def turn_of(messages: Sequence[Message], name: str) -> Turn:
    """Returns the last user's message, the assistant's that ends the conversation, and what is between.

    Raises:
        BadUserInput: there is no such message.
    """
    if not messages or messages[-1].role not in ASSISTANT:
        raise BadUserInput("The last message must be from the assistant.", messages[-1].path if messages else [name])
    for position in range(len(messages) - 1, -1, -1):
        if messages[position].role in USER and not messages[position].is_result:
            between = [message for message in messages[position + 1 : -1] if message.role not in SYSTEM]
            return Turn(messages[position], between, messages[-1])
    raise BadUserInput("There is no user message.", [name])


def context_of(messages: Sequence[Message], turn: Turn) -> dict[str, Any]:
    """Returns the messages around a question and its answer: leading system messages, and all others."""
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
