"""Conversations: messages as OpenAI's API has them, as ShareGPT has them, or exported as ``CHAT_MESSAGES``.

The last message must be an assistant's: its reasoning and its answer are the trace's, and the last user's message
before it is the prompt. A system's message and earlier turns become metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from tunix_rt.domain.formats.base import Format, Parsed, list_of, object_of, text_of
from tunix_rt.domain.formats.exported import metadata_of, prompt_in, trace_of, worked_in
from tunix_rt.domain.formats.foreign import foreign_trace, is_exported
from tunix_rt.domain.formats.worked import worked_out
from tunix_rt.domain.rendering.chat_messages import RENDERING
from tunix_rt.errors import BadUserInput, PathPart

LISTS = ("messages", "conversations")
ROLES = ("role", "from")
CONTENTS = ("content", "value")
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
THOUGHT_PART = "thinking"
SYSTEM = ("system", "developer")
USER = ("user", "human")
ASSISTANT = ("assistant", "gpt", "model", "bot")


@dataclass(frozen=True)
class Message:
    """One message: where it is in the line, who says it, and the fields it has."""

    path: tuple[PathPart, ...]
    role: str
    fields: dict[str, Any]

    @property
    def content_path(self) -> tuple[PathPart, ...]:
        """Where what it says is."""
        return (*self.path, present(self.fields, CONTENTS))

    @property
    def text(self) -> str:
        """What it says, thoughts apart.

        Raises:
            BadUserInput: if that is no text, or a part of it is none.
        """
        parts = self.parts
        if parts is None:
            return text_of(self.fields, str(self.content_path[-1]), self.path)
        said = [(place, part) for place, part in enumerate(parts) if part.get("type") != THOUGHT_PART]
        for place, part in said:
            if not isinstance(part.get("text"), str):
                raise BadUserInput(
                    "Only text can be imported, this part is something else.", [*self.content_path, place]
                )
        return "\n\n".join(part["text"] for _, part in said)

    @property
    def thought(self) -> str | None:
        """The reasoning that is given apart from what it says; None if there is none."""
        given = [self.fields.get(name) for name in THOUGHTS]
        given += [part.get(THOUGHT_PART) for part in self.parts or ()]
        return "\n\n".join(text for text in given if isinstance(text, str) and text.strip()) or None

    @property
    def parts(self) -> list[dict[str, Any]] | None:
        """The parts that it consists of; None if it is whole."""
        content = self.fields.get(str(self.content_path[-1]))
        if not isinstance(content, list):
            return None
        return [object_of(part, [*self.content_path, place], "A part") for place, part in enumerate(content)]


def parse(line: Any, _: int) -> Parsed:
    """The trace that was exported, or the one that a conversation makes.

    Raises:
        BadUserInput: naming the message or the field that makes no trace.
    """
    fields = object_of(line)
    metadata, note = metadata_of(fields)
    name = present(fields, LISTS)
    messages = [message_of(value, (name, place)) for place, value in enumerate(list_of(fields, name))]
    question, answer = turns_of(messages, name)
    context = context_of(messages, question, answer)
    if note is not None or is_exported(metadata, RENDERING):
        worked = worked_in(answer.text, note, answer.content_path)
        metadata = metadata if note else metadata | context
        return trace_of(metadata, note, RENDERING.reserved, prompt_in(question.text, note), worked)
    worked = worked_out(answer.text, answer.thought, answer.content_path)
    return foreign_trace(fields, [name], question.text, worked, context)


def present(fields: dict[str, Any], names: Sequence[str]) -> str:
    """The first of those names that is a field; the very first if none is."""
    return next((name for name in names if name in fields), names[0])


def message_of(value: Any, path: tuple[PathPart, ...]) -> Message:
    """A message, whose role is known.

    Raises:
        BadUserInput: it has none.
    """
    fields = object_of(value, path, "A message")
    return Message(path, text_of(fields, present(fields, ROLES), path).lower(), fields)


def turns_of(messages: Sequence[Message], name: str) -> tuple[Message, Message]:
    """The last user's message, and the assistant's that ends the conversation.

    Raises:
        BadUserInput: there is no such message.
    """
    if not messages or messages[-1].role not in ASSISTANT:
        raise BadUserInput("The last message must be the assistant's.", messages[-1].path if messages else [name])
    for message in reversed(messages):
        if message.role in USER:
            return message, messages[-1]
    raise BadUserInput("There is no message of the user.", [name])


def context_of(messages: Sequence[Message], question: Message, answer: Message) -> dict[str, Any]:
    """What stands round a question and its answer: the system's messages at the beginning, and every other one."""
    system = list(takewhile(lambda message: message.role in SYSTEM, messages))
    others = [message.fields for message in messages[len(system) :] if message not in (question, answer)]
    context: dict[str, Any] = {}
    if system:
        context["system_instruction"] = "\n\n".join(message.text for message in system)
    if others:
        context["history"] = others
    return context


FORMAT = Format("chat_messages", "Conversations: OpenAI's messages, ShareGPT's, or exported as CHAT_MESSAGES.", parse)
