"""Trajectories of agents in ATIF, the Agent Trajectory Interchange Format: their steps as messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunix_rt.domain.imports.formats.base import list_of, object_of, text_of
from tunix_rt.domain.imports.reading.messages import ASSISTANT, SYSTEM, TOOL, USER, Message
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, PathPart

ROLES = {"system": SYSTEM[0], "user": USER[0], "agent": ASSISTANT[0]}
AGENT = "agent"


def messages_of(fields: dict[str, Any]) -> list[Message]:
    """Returns the messages of a trajectory: one for each step, and one for each result of a step's calls.

    Steps of the agent that are copied from another trajectory are left out: they are no work of this one. If the last
    step of the agent has a text and calls, the text is its last message.

    Raises:
        BadUserInput: a step is malformed; the path names it.
    """
    steps = [object_of(step, ["steps", index], "A step") for index, step in enumerate(list_of(fields, "steps"))]
    messages = [
        message
        for index, step in enumerate(steps)
        if step.get("source") != AGENT or step.get("is_copied_context") is not True
        for message in step_messages(step, ("steps", index))
    ]
    path = ("steps", len(steps) - 1)
    position = next((index for index, message in enumerate(messages) if message.path == path), None)
    if position is None:  # there are no steps, or the last one is copied
        return messages
    if steps[-1].get("source") == AGENT and messages[-1].role in TOOL and steps[-1].get("message"):
        last = messages[position]
        messages[position] = Message(last.path, last.role, last.fields | {"content": None})
        messages.append(Message(path, ASSISTANT[0], {"content": last.fields["content"]}))
    return messages


def step_messages(step: dict[str, Any], path: tuple[PathPart, ...]) -> Iterator[Message]:
    """Yields the messages of a step; raises as ``messages_of`` does."""
    source = text_of(step, "source", path)
    if source not in ROLES:
        raise BadUserInput(f"source must be one of {', '.join(ROLES)}, not {clip(source)!r}.", [*path, "source"])
    fields: dict[str, Any] = {"content": step.get("message")}
    if source == AGENT:
        fields["reasoning_content"] = step.get("reasoning_content")
        if step.get("tool_calls"):
            calls = list_of(step, "tool_calls", path)
            fields["tool_calls"] = [
                call_of(call, (*path, "tool_calls", position)) for position, call in enumerate(calls)
            ]
    yield Message(path, ROLES[source], fields)
    yield from results_of(step, path)


def call_of(value: Any, path: tuple[PathPart, ...]) -> dict[str, Any]:
    """Returns a call of a tool in the form of OpenAI's API."""
    call = object_of(value, path, "A call")
    return {
        "id": call.get("tool_call_id"),
        "name": text_of(call, "function_name", path),
        "arguments": call.get("arguments"),
    }


def results_of(step: dict[str, Any], path: tuple[PathPart, ...]) -> Iterator[Message]:
    """Yields the messages of the results that a step observed."""
    if step.get("observation") is None:
        return
    path = (*path, "observation")
    observation = object_of(step["observation"], path, "observation")
    results = list_of(observation, "results", path) if observation.get("results") is not None else []
    for position, result in enumerate(results):
        fields = object_of(result, (*path, "results", position), "A result")
        yield Message((*path, "results", position), TOOL[0], {"content": fields.get("content")})
