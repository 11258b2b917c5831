"""The last turn of a conversation as a trace: the question, the steps between, and the answer.

The last message must be the assistant's answer, and the last user message before it is the prompt. The messages
between them, and the reasoning of the answer, become steps. System messages and all others become metadata.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from tunix_rt.domain.imports.formats.base import REASONING, ParsedRecord, TypedText
from tunix_rt.domain.imports.formats.exported import Solution
from tunix_rt.domain.imports.formats.foreign import UNPARSED, foreign_trace, parse_or_keep
from tunix_rt.domain.imports.reading.harmony import FINAL, channel_of, parse_rendered, recipient_of
from tunix_rt.domain.imports.reading.messages import ASSISTANT, SYSTEM, USER, Message, message_of
from tunix_rt.domain.imports.reading.reasoning import parse_solution
from tunix_rt.domain.imports.reading.tool_calls import call_text, calls_of, steps_before, value_text
from tunix_rt.errors import BadUserInput, PathPart


@dataclass(frozen=True)
class Turn:
    """The last turn of a conversation: a question, the messages between, and the answer."""

    question: Message
    between: Sequence[Message]
    answer: Message


def conversation_trace(
    fields: dict[str, Any],
    read: Collection[str],
    messages: Sequence[Message],
    path: Sequence[PathPart],
    meta: dict[str, Any] | None = None,
) -> ParsedRecord:
    """Returns the trace of a conversation's last turn.

    Args:
        fields: the row, whose unread fields become metadata.
        read: the fields of the row that the trace uses.
        path: the path of the conversation, for an empty one.
        meta: further metadata.

    Raises:
        UnknownMarkup: a message has unknown markup; carries the trace with the unparsed text.
        BadUserInput: a message is invalid, or there is no question or no answer.
    """
    turn = turn_of(messages, path)
    context = context_of(messages, turn) | (meta or {})
    question = turn.question.text
    return parse_or_keep(
        lambda: made_of(fields, read, question, context, *read_turn(turn)),
        lambda reason: made_of(fields, read, question, context | {UNPARSED: reason}, *whole_turn(turn)),
    )


def messages_in(values: Sequence[Any], path: tuple[PathPart, ...]) -> list[Message]:
    """Returns the messages of a list.

    Raises:
        BadUserInput: one of them is not an object, or has no role.
    """
    return [message_of(value, (*path, position)) for position, value in enumerate(values)]


def made_of(
    fields: dict[str, Any],
    read: Collection[str],
    question: str,
    context: dict[str, Any],
    solution: Solution,
    before: Sequence[TypedText],
) -> ParsedRecord:
    """Returns the trace of a question and its solution."""
    return foreign_trace(fields, read, question, solution, context, before)


def read_turn(turn: Turn) -> tuple[Solution, list[TypedText]]:
    """Returns the solution of a turn and the steps before it; raises as ``conversation_trace`` does."""
    *inner, answer = parse_rendered(turn.answer)
    if calls_of(answer) or recipient_of(answer):
        raise BadUserInput("The conversation ends with a tool call instead of an answer.", answer.path)
    if answer.role not in ASSISTANT or channel_of(answer) not in (None, FINAL):
        raise BadUserInput("The conversation ends without a message in the channel final.", answer.path)
    between = [part for message in turn.between for part in parse_rendered(message)]
    before = [step for message in (*between, *inner) for step in steps_before(message)]
    return parse_solution(answer.text, answer.thought, answer.content_path, follows=bool(before)), before


def whole_turn(turn: Turn) -> tuple[Solution, list[TypedText]]:
    """Returns the unparsed text of a turn as one step, and the whole last message as the answer."""
    transcript = "\n\n".join(text for message in (*turn.between, turn.answer) for text in raw_texts(message))
    return ([], turn.answer.text), [(REASONING, transcript)]


def raw_texts(message: Message) -> list[str]:
    """Returns the unparsed texts of a message: its thought, content and calls."""
    content = [] if message.content is None else [value_text(message.content, message.content_path)]
    calls = [call_text(call, path) for call, path in calls_of(message)]
    return [text for text in (message.thought, *content, *calls) if text]


def turn_of(messages: Sequence[Message], path: Sequence[PathPart]) -> Turn:
    """Returns the last turn: the last user message, the assistant's answer at the end, and the messages between.

    Raises:
        BadUserInput: one of the two is missing.
    """
    if not messages or messages[-1].role not in ASSISTANT:
        raise BadUserInput("The last message must be from the assistant.", messages[-1].path if messages else path)
    for position in range(len(messages) - 1, -1, -1):
        if messages[position].role in USER and not messages[position].is_result:
            between = [message for message in messages[position + 1 : -1] if message.role not in SYSTEM]
            return Turn(messages[position], between, messages[-1])
    raise BadUserInput("There is no user message.", path)


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
