"""Trajectories of Tunix's trajectory store: metadata and steps in ATIF, with rewards, returns and policy versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, list_of, object_of, shape
from tunix_rt.domain.imports.formats.foreign import finish_each
from tunix_rt.domain.imports.reading.conversations import conversation_trace
from tunix_rt.domain.imports.reading.messages import ASSISTANT, TOOL, USER, Message
from tunix_rt.domain.imports.reading.samples import score_of
from tunix_rt.domain.imports.reading.tool_calls import steps_before
from tunix_rt.domain.imports.reading.trajectories import AGENT, step_messages
from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.errors import PathPart

EXTENSIONS = "_tunix_extensions"
READ = ("agent", "total_reward", "trajectory_id", "prompt_id")
REWARDS = ("reward", "mc_return")
Step = tuple[dict[str, Any], tuple[PathPart, ...]]
"""A step with its extensions, and its path."""


def parse(line: Any, number: int) -> ParsedRecord:
    """Returns the trace of a trajectory, with its rewards and returns as scores, and its prompt's id as the group.

    The first step of the environment is the prompt; its later ones are results.

    Raises:
        UnknownMarkup: a message has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    record = object_of(line)
    metadata = merge_extra(object_of(record.get("metadata"), ["metadata"], "metadata"))
    steps = [
        (merge_extra(object_of(step, ["steps", position], "A step")), ("steps", position))
        for position, step in enumerate(list_of(record, "steps"))
    ]
    turns = as_turns(steps)
    versions = [step.get("policy_version") for step, _ in steps if step.get("source") == AGENT]
    meta = {"source": "tunix", "policy_version": versions[-1] if versions else None, "agent": describe_agent(metadata)}
    rest = {name: value for name, value in metadata.items() if name not in READ}
    messages = [message for _, message in turns]
    return finish_each(
        lambda: conversation_trace(rest, (), messages, ["steps"], meta),
        lambda parsed: complete_trace(parsed, metadata, turns, number),
    )


def complete_trace(
    parsed: ParsedRecord, metadata: dict[str, Any], turns: Sequence[tuple[Step, Message]], number: int
) -> ParsedRecord:
    """Returns a trajectory's trace with its id, group and scores."""
    meta = {name: value for name, value in parsed.trace["meta"].items() if name != "history" and value is not None}
    prompt_id, trajectory_id = metadata.get("prompt_id"), metadata.get("trajectory_id")
    total = score_of("total_reward", metadata.get("total_reward"), ("metadata", "total_reward"))
    scored = () if "unparsed" in meta else tuple(step_scores(turns, len(parsed.trace["steps"])))
    return replace(
        parsed,
        trace=parsed.trace | {"meta": meta},
        external_id=trajectory_id if isinstance(trajectory_id, str) else str(number),
        group=str(prompt_id) if isinstance(prompt_id, str | int) else None,
        scores=(*total, *scored),
    )


def describe_agent(metadata: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the agent of a trajectory without the definitions of its tools; None if there is none."""
    agent = metadata.get("agent")
    if not isinstance(agent, dict):
        return None
    return {name: value for name, value in agent.items() if name != "tool_definitions"}


def merge_extra(fields: dict[str, Any]) -> dict[str, Any]:
    """Returns metadata or a step with Tunix's extensions, which ATIF's files have inside of ``extra``."""
    extra = fields.get("extra")
    own = extra.get(EXTENSIONS) if isinstance(extra, dict) else None
    if not isinstance(extra, dict) or not isinstance(own, dict):
        return fields
    others = {name: value for name, value in extra.items() if name != EXTENSIONS}
    return fields | {"extra": others or None} | own


def as_turns(steps: Sequence[Step]) -> list[tuple[Step, Message]]:
    """Returns the messages of the steps, each with its step; an empty one of the environment at the end is left out."""
    turns: list[tuple[Step, Message]] = []
    for step, path in steps:
        for message in step_messages(step, path):
            is_result = message.role in USER and any(known.role in ASSISTANT for _, known in turns)
            turns.append(((step, path), replace(message, role=TOOL[0]) if is_result else message))
    while turns and turns[-1][1].role in TOOL and not turns[-1][1].content:
        del turns[-1]
    return turns


def step_scores(turns: Sequence[tuple[Step, Message]], count: int) -> Iterator[GivenScore]:
    """Yields the rewards and returns of steps, each as a score of the first step of the trace that it became.

    Args:
        count: the number of steps of the trace.
    """
    position = 0
    for (step, path), message in turns:
        if message.role not in (ASSISTANT[0], TOOL[0]):
            continue
        made = count - position if message is turns[-1][1] else len([*steps_before(message)])
        for name in REWARDS if made > 0 else ():
            for score in score_of(name, step.get(name), (*path, name)):
                yield GivenScore(scorer=name, kind=score.kind, score=score.score, step_index=position)
        position += made


IMPORT_FORMAT = ImportFormat(
    "tunix_trajectories",
    "Tunix's trajectory store: FILE is its folder; rewards become scores.",
    parse,
    (shape("metadata", "steps"),),
    whole_files=True,
)
