"""Harmony: the channels in which a model thinks, calls tools and answers, rendered as text or as keys of messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunix_rt.domain.imports.formats.base import UnknownMarkup
from tunix_rt.domain.imports.reading.messages import ASSISTANT, TOOL, Message
from tunix_rt.domain.text import clip

CHANNEL, RECIPIENT = "channel", "recipient"
FINAL, ANALYSIS, COMMENTARY = "final", "analysis", "commentary"
CHANNELS = (FINAL, ANALYSIS, COMMENTARY)
CHANNEL_MARK, MESSAGE_MARK = "<|channel|>", "<|message|>"
RENDERED = re.compile(
    r"\s*(?:<\|start\|>(?P<role>[\w.-]+))?(?:\ to=(?P<to>[\w.-]+))?"
    r"(?:<\|channel\|>(?P<channel>\w+))?(?:\ to=(?P<recipient>[\w.-]+))?"
    r"\s*(?:<\|constrain\|>)?\w*<\|message\|>"
    r"(?P<content>.*?)(?:<\|(?:end|return|call)\|>\s*|(?=<\|start\|>)|\Z)",
    re.DOTALL,
)
"""A message as Harmony renders it, up to its end token, the next message or the end of the text."""


def is_rendered(message: Message) -> bool:
    """Returns whether an assistant's message has the text of Harmony's messages."""
    content = message.content
    return (
        message.role in ASSISTANT and isinstance(content, str) and CHANNEL_MARK in content and MESSAGE_MARK in content
    )


def parse_rendered(message: Message) -> Iterator[Message]:
    """Yields the messages in the text of a rendered one, or the message itself.

    Raises:
        UnknownMarkup: a part of the text is no message, or a message of another role.
    """
    if not is_rendered(message):
        yield message
        return
    text, position = message.text, 0
    while position < len(text):
        found = RENDERED.match(text, position)
        if found is None:
            raise UnknownMarkup(f"There is no message of Harmony at character {position}.", message.content_path)
        yield rendered_message(found, message)
        position = found.end()


def rendered_message(found: re.Match[str], message: Message) -> Message:
    """Returns a message of a rendered text; raises as ``parse_rendered`` does."""
    role = found["role"] or ASSISTANT[0]
    recipient = found["recipient"] or found["to"]
    fields = {"content": found["content"], CHANNEL: found["channel"] or FINAL}
    if role not in ASSISTANT:
        if recipient not in ASSISTANT:
            raise UnknownMarkup(
                f"A message of the role {clip(role)!r} is inside the assistant's message.", message.content_path
            )
        return Message(message.content_path, TOOL[0], fields, is_text=True)
    if recipient is not None:
        fields[RECIPIENT] = recipient
    return Message(message.content_path, role, fields, is_text=True)


def channel_of(message: Message) -> str | None:
    """Returns the channel of an assistant's message; None if it has none.

    Raises:
        UnknownMarkup: the channel is unknown.
    """
    channel = message.fields.get(CHANNEL)
    if channel is None or message.role not in ASSISTANT:
        return None
    if channel not in CHANNELS:
        raise UnknownMarkup(
            f"The channel {clip(str(channel))!r} is unknown; the channels are {', '.join(CHANNELS)}.",
            message.path if message.is_text else [*message.path, CHANNEL],
        )
    return str(channel)


def recipient_of(message: Message) -> str | None:
    """Returns the name of the tool to which an assistant's message is a call; None if it is none."""
    recipient = message.fields.get(RECIPIENT)
    if not isinstance(recipient, str) or message.fields.get(CHANNEL) is None or message.role not in ASSISTANT:
        return None
    return recipient.removeprefix("functions.")
