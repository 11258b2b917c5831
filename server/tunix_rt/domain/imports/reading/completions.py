"""A prompt and its completion, each a string or a list of messages, as a trace."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tunix_rt.domain.imports.formats.base import ParsedRecord
from tunix_rt.domain.imports.reading.conversations import conversation_trace, messages_in
from tunix_rt.domain.imports.reading.messages import ASSISTANT, USER, Message
from tunix_rt.domain.text import path_text
from tunix_rt.errors import BadUserInput, PathPart


def completion_trace(
    fields: dict[str, Any],
    read: Collection[str],
    prompt: Any,
    completion: Any,
    path: tuple[PathPart, ...],
    prompt_path: tuple[PathPart, ...] = ("prompt",),
    meta: dict[str, Any] | None = None,
) -> ParsedRecord:
    """Returns the trace of a completion; ``path`` is the path of the completion.

    Raises:
        UnknownMarkup: the completion has unknown markup.
        BadUserInput: one of the two is neither a string nor a list of messages, or has no question or no answer.
    """
    messages = [
        *as_messages(prompt, USER[0], prompt_path),
        *as_messages(completion, ASSISTANT[0], path),
    ]
    return conversation_trace(fields, read, messages, path, meta)


def as_messages(value: Any, role: str, path: tuple[PathPart, ...]) -> list[Message]:
    """Returns the messages of a list, or a text as a message of a role; raises as ``completion_trace`` does."""
    if isinstance(value, str):
        return [Message(path, role, {"content": value}, is_text=True)]
    if isinstance(value, list):
        return messages_in(value, path)
    state = "missing" if value is None else "something else"
    raise BadUserInput(f"{path_text(path)} must be a string or a list of messages; it is {state}.", path)
