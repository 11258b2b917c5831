"""Trajectories of agents in ATIF, the Agent Trajectory Interchange Format, of the versions 1.0 to 1.7."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, object_of, shape, text_of
from tunix_rt.domain.imports.formats.foreign import finish_each
from tunix_rt.domain.imports.reading.conversations import conversation_trace
from tunix_rt.domain.imports.reading.messages import USER, Message
from tunix_rt.domain.imports.reading.trajectories import messages_of
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput

VERSIONS = "ATIF-v1."
READ = ("agent", "steps", "trajectory_id")


def parse(line: Any, _: int) -> ParsedRecord:
    """Returns the trace of a trajectory: thoughts, calls and results are steps, the agent's last message the answer.

    Raises:
        UnknownMarkup: a message has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = object_of(line)
    version = text_of(fields, "schema_version")
    if not version.startswith(VERSIONS):
        reason = f"schema_version must begin with {VERSIONS}, not be {clip(version)!r}."
        raise BadUserInput(reason, ["schema_version"])
    agent = object_of(fields.get("agent"), ["agent"], "agent")
    kept = {"agent": {name: value for name, value in agent.items() if name != "tool_definitions"}}
    messages = messages_of(fields)
    rest = {"source": "atif"} | fields
    return finish_each(
        lambda: conversation_trace(rest, READ, messages, ["steps"], kept),
        lambda parsed: finish_trace(parsed, fields, messages),
    )


def finish_trace(parsed: ParsedRecord, fields: dict[str, Any], messages: Sequence[Message]) -> ParsedRecord:
    """Returns a trajectory's trace with its id; its other messages are kept only if there were several questions."""
    is_single = sum(message.role in USER for message in messages) == 1
    meta = {name: value for name, value in parsed.trace["meta"].items() if name != "history" or not is_single}
    ids = [fields[name] for name in ("trajectory_id", "session_id") if isinstance(fields.get(name), str)]
    return replace(parsed, external_id=ids[0] if ids else None, trace=parsed.trace | {"meta": meta})


IMPORT_FORMAT = ImportFormat(
    "atif",
    "Trajectories of agents in ATIF: calls and observations become steps. FILE may be a folder.",
    parse,
    (shape("schema_version", "agent", "steps"),),
    whole_files=True,
)
