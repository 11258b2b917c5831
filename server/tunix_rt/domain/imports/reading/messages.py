"""The messages of a conversation in the spellings of OpenAI's API, ShareGPT and similar formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunix_rt.domain.imports.formats.base import object_of, text_of
from tunix_rt.errors import BadUserInput, PathPart

ROLES = ("role", "from")
CONTENTS = ("content", "value")
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
THOUGHT_PART = "thinking"
SYSTEM = ("system", "developer")
USER = ("user", "human")
ASSISTANT = ("assistant", "gpt", "model", "bot")
CALLER = ("function_call", "tool_call")
TOOL = ("tool", "function", "observation", "tool_response", "function_response", "ipython")
RESULT_BEGIN = "<tool_response>"


@dataclass(frozen=True)
class Message:
    """A message: its path in the line, its role and its fields.

    Args:
        is_text: whether there is only a text at the path, which is the field ``content`` here.
    """

    path: tuple[PathPart, ...]
    role: str
    fields: dict[str, Any]
    is_text: bool = False

    @property
    def content_path(self) -> tuple[PathPart, ...]:
        """The path of the message's content."""
        return self.path if self.is_text else (*self.path, self.content_field)

    @property
    def content_field(self) -> str:
        """The name of the field that has the message's content."""
        return present(self.fields, CONTENTS)

    @property
    def content(self) -> Any:
        """The message's raw content; None if there is none."""
        return self.fields.get(self.content_field)

    @property
    def text(self) -> str:
        """The message's text without thoughts.

        Raises:
            BadUserInput: the content, or a part of it, is not a string.
        """
        parts = self.parts
        if parts is None:
            return text_of(self.fields, self.content_field, self.path)
        texts = [(position, part) for position, part in enumerate(parts) if part.get("type") != THOUGHT_PART]
        for position, part in texts:
            if not isinstance(part.get("text"), str):
                raise BadUserInput(
                    "Only text can be imported, but this part is not text.", [*self.content_path, position]
                )
        return "\n\n".join(part["text"] for _, part in texts)

    @property
    def thought(self) -> str | None:
        """The message's separate reasoning; None if there is none.

        Raises:
            BadUserInput: it is not a string.
        """
        given = [(name, self.fields.get(name)) for name in THOUGHTS]
        given += [(THOUGHT_PART, part.get(THOUGHT_PART)) for part in self.parts or ()]
        for name, text in given:
            if text is not None and not isinstance(text, str):
                raise BadUserInput(f"{name} must be a string.", [*self.path, name])
        return "\n\n".join(text for _, text in given if text and text.strip()) or None

    @property
    def parts(self) -> list[dict[str, Any]] | None:
        """The parts of the message's content; None if its content is a string."""
        if not isinstance(self.content, list):
            return None
        return [object_of(part, [*self.content_path, position], "A part") for position, part in enumerate(self.content)]

    @property
    def is_result(self) -> bool:
        """True if the message is a tool's result; some chat templates give these the user's role."""
        content = self.content
        marked = isinstance(content, str) and not self.is_text and content.lstrip().startswith(RESULT_BEGIN)
        return self.role in TOOL or (self.role in USER and marked)


def present(fields: dict[str, Any], names: Sequence[str]) -> str:
    """Returns the first name that is a field; the first of all if none is."""
    return next((name for name in names if name in fields), names[0])


def message_of(value: Any, path: tuple[PathPart, ...]) -> Message:
    """Returns a message with its role.

    Raises:
        BadUserInput: the value is not an object, or has no role.
    """
    fields = object_of(value, path, "A message")
    return Message(path, text_of(fields, present(fields, ROLES), path).lower(), fields)
