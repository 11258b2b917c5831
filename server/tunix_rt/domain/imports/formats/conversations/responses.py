"""Responses of OpenAI's Responses API: the request's input and the items of the output."""

from __future__ import annotations

from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, list_of, object_of, shape, text_of
from tunix_rt.domain.imports.reading.conversations import conversation_trace
from tunix_rt.domain.imports.reading.messages import ASSISTANT, SYSTEM, TOOL, USER, Message, message_of
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, PathPart

READ = ("input", "output", "instructions")
REASONING, MESSAGE, CALL_OUTPUT = "reasoning", "message", "_call_output"
BUILT_IN_CALL, TOOL_LIST, REFUSAL = "_call", "mcp_list_tools", "refusal"
BOOKKEEPING = ("id", "type", "status")
"""The fields of a built-in call that are none of its arguments."""


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace of a response: reasoning items, calls and their outputs are steps, the last message the answer.

    Raises:
        UnknownMarkup: a text has unknown markup.
        BadUserInput: an item is unknown or malformed; the path names it.
    """
    fields = object_of(line)
    given, instructions = fields.get("input"), fields.get("instructions")
    messages = [] if instructions is None else [text_message(SYSTEM[0], fields, "instructions")]
    if isinstance(given, str):
        messages.append(text_message(USER[0], fields, "input"))
    else:
        messages += messages_of(fields, "input")
    messages += messages_of(fields, "output")
    return conversation_trace(fields, READ, messages, ["output"])


def text_message(role: str, fields: dict[str, Any], name: str) -> Message:
    """Returns a field's text as a message of a role."""
    return Message((name,), role, {"content": text_of(fields, name)}, is_text=True)


def messages_of(fields: dict[str, Any], name: str) -> list[Message]:
    """Returns the items of a list as messages, lists of tools left out; raises as ``parse`` does."""
    items = [object_of(item, (name, position), "An item") for position, item in enumerate(list_of(fields, name))]
    return [message_in(item, (name, position)) for position, item in enumerate(items) if item.get("type") != TOOL_LIST]


def message_in(item: dict[str, Any], path: tuple[PathPart, ...]) -> Message:
    """Returns an item as a message; raises as ``parse`` does."""
    kind = item.get("type", MESSAGE)
    if kind == MESSAGE:
        return with_refusals(message_of(item, path))
    if kind == REASONING:
        return Message(path, ASSISTANT[0], {"reasoning_content": reasoning_of(item, path)})
    if isinstance(kind, str) and kind.endswith(CALL_OUTPUT):
        return Message(path, TOOL[0], {"content": item.get("output")})
    if kind in ("function_call", "custom_tool_call"):
        arguments = item.get("arguments", item.get("input"))
        call = {"id": item.get("call_id"), "name": item.get("name"), "arguments": arguments}
        return Message(path, ASSISTANT[0], {"tool_calls": [call]})
    if isinstance(kind, str) and kind.endswith(BUILT_IN_CALL):
        return Message(path, ASSISTANT[0], {"tool_calls": [built_in_call(item, kind.removesuffix(BUILT_IN_CALL))]})
    raise BadUserInput(f"Items of the type {clip(str(kind))!r} cannot be imported.", [*path, "type"])


def built_in_call(item: dict[str, Any], name: str) -> dict[str, Any]:
    """Returns the call of a tool that the API provides, such as ``web_search``; its results are in the item, too."""
    return {"id": item.get("id"), "name": name, "arguments": {key: item[key] for key in item if key not in BOOKKEEPING}}


def with_refusals(message: Message) -> Message:
    """Returns a message whose refusals are text like any other content: the model's answer is that it gives none."""
    if message.parts is None:
        return message
    parts = [part | {"text": part.get("refusal")} if part.get("type") == REFUSAL else part for part in message.parts]
    return Message(message.path, message.role, message.fields | {message.content_field: parts})


def reasoning_of(item: dict[str, Any], path: tuple[PathPart, ...]) -> str:
    """Returns the text of a reasoning item: its content, else its summary."""
    name = "content" if item.get("content") else "summary"
    parts = [
        object_of(part, [*path, name, position], "A part")
        for position, part in enumerate(list_of(item, name, path) if item.get(name) is not None else [])
    ]
    return "\n\n".join(text_of(part, "text", [*path, name, position]) for position, part in enumerate(parts))


IMPORT_FORMAT = ImportFormat(
    "responses",
    "OpenAI's Responses API: input, and output with items of reasoning, calls and messages.",
    parse,
    (shape("input", "output"),),
)
