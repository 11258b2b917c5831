"""The steps before an assistant's answer: thoughts, tool calls and tool results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tunix_rt.domain.imports.formats.base import REASONING, TypedText, UnknownMarkup, object_of
from tunix_rt.domain.imports.reading.harmony import ANALYSIS, COMMENTARY, channel_of, recipient_of
from tunix_rt.domain.imports.reading.markup import MarkerKind, segments_of
from tunix_rt.domain.imports.reading.messages import ASSISTANT, CALLER, RESULT_BEGIN, Message
from tunix_rt.domain.imports.reading.reasoning import parts, thought_parts
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import BadUserInput, PathPart

CALL, RESULT = "tool_call", "tool_result"
CALLS, LEGACY_CALL = "tool_calls", "function_call"
STEP_TYPES = {None: REASONING, MarkerKind.THOUGHT: REASONING, MarkerKind.CALL: CALL, MarkerKind.RESULT: RESULT}


def steps_before(message: Message) -> Iterator[TypedText]:
    """Yields the steps of a message between a question and its answer.

    Raises:
        UnknownMarkup: a part has unknown markup.
        BadUserInput: a field is invalid, or the role is not allowed here; the path names it.
    """
    if message.is_result:
        yield from result_steps(message)
    elif message.role in CALLER:
        yield CALL, value_text(message.content, message.content_path)
    elif message.role in ASSISTANT:
        yield from assistant_steps(message)
    else:
        raise BadUserInput(f"A message of the role {message.role!r} is not allowed before the answer.", message.path)


def assistant_steps(message: Message) -> Iterator[TypedText]:
    """Yields the thoughts, texts and calls of an assistant's message; raises as ``steps_before`` does."""
    if (tool := recipient_of(message)) is not None:
        yield CALL, call_text({"name": tool, "arguments": message.text}, message.path)
        return
    if channel_of(message) in (ANALYSIS, COMMENTARY):
        yield from ((REASONING, text) for text in thought_parts(message.text, message.content_path))
        return
    for text in thought_parts(message.thought, message.path):
        yield REASONING, text
    if message.content is not None:
        for segment in segments_of(message.text, message.content_path):
            if segment.kind not in STEP_TYPES or segment.kind is MarkerKind.RESULT:
                kind = segment.kind and segment.kind.value
                raise UnknownMarkup(f"The marked {kind} is in a message before the last one.", message.content_path)
            texts = [segment.text.strip()] if segment.kind is MarkerKind.CALL else parts(segment.text)
            for text in filter(None, texts):
                yield STEP_TYPES[segment.kind], text
    for call, path in calls_of(message):
        yield CALL, call_text(call, path)


def result_steps(message: Message) -> Iterator[TypedText]:
    """Yields a step for a tool's result, unless it is empty; raises as ``steps_before`` does."""
    content = message.content
    if isinstance(content, str) and content.lstrip().startswith(RESULT_BEGIN):
        for segment in segments_of(content, message.content_path):
            if segment.text.strip():
                if segment.kind is not MarkerKind.RESULT:
                    raise UnknownMarkup("There is other text beside the tool results.", message.content_path)
                yield RESULT, segment.text.strip()
    elif content not in ("", None, []):
        yield RESULT, result_text(message)


def result_text(message: Message) -> str:
    """Returns a result as text: its parts joined if they are strings, else as JSON."""
    try:
        return message.text
    except BadUserInput:
        return value_text(message.content, message.content_path)


def calls_of(message: Message) -> list[tuple[Any, tuple[PathPart, ...]]]:
    """Returns the calls in a message's own field, each with its path.

    Raises:
        BadUserInput: the field is not a list.
    """
    calls = message.fields.get(CALLS)
    if calls is not None and not isinstance(calls, list):
        raise BadUserInput(f"{CALLS} must be a list.", [*message.path, CALLS])
    found = [(call, (*message.path, CALLS, position)) for position, call in enumerate(calls or ())]
    legacy = message.fields.get(LEGACY_CALL)
    return found if legacy is None else [*found, (legacy, (*message.path, LEGACY_CALL))]


def call_text(call: Any, path: tuple[PathPart, ...]) -> str:
    """Returns a call as JSON: its id if it has one, the tool's name, and the arguments, decoded if they are JSON text.

    Raises:
        BadUserInput: the call has no name.
    """
    fields = object_of(call, path, "A call")
    function = object_of(fields.get("function", fields), (*path, "function"), "A call's function")
    if not isinstance(function.get("name"), str):
        raise BadUserInput("A tool call must have a name.", [*path, "name"])
    given = {"id": fields["id"]} if "id" in fields else {}
    arguments = function.get("arguments")
    return value_text(given | {"name": function["name"], "arguments": raw_arguments(arguments)}, path)


def raw_arguments(given: Any) -> Any:
    """Returns arguments as raw JSON, with their numbers unchanged; returns anything else as it is."""
    if isinstance(given, str):
        try:
            decode_json(given)
            return msgspec.Raw(given.encode())
        except (BadUserInput, UnicodeEncodeError):
            return given
    return given


def value_text(value: Any, path: tuple[PathPart, ...]) -> str:
    """Returns a text unchanged, any other value as JSON.

    Raises:
        BadUserInput: the value is missing, or not a JSON value.
    """
    if isinstance(value, str):
        return value
    if value is None:
        raise BadUserInput("It has no value.", path)
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, OverflowError, RecursionError, ValueError, TypeError):
        raise BadUserInput("It cannot be written as JSON.", path) from None
