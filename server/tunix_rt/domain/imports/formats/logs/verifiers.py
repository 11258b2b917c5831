"""Rollouts of verifiers: ``results.jsonl`` of the versions before 0.4, and ``traces.jsonl`` of later ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tunix_rt.domain.imports.formats.base import ImportFormat, ParsedRecord, list_of, object_of, shape
from tunix_rt.domain.imports.formats.foreign import finish_each
from tunix_rt.domain.imports.reading.completions import completion_trace
from tunix_rt.domain.imports.reading.conversations import conversation_trace
from tunix_rt.domain.imports.reading.messages import Message, message_of
from tunix_rt.domain.imports.reading.samples import score_of
from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.errors import BadUserInput, PathPart

RESULT_READ = ("prompt", "completion", "reward", "metrics", "trajectory", "example_id")
TRACE_READ = ("nodes", "rewards", "metrics", "calls", "tools", "mm_token_type_id_map")


def parse(line: Any, number: int) -> ParsedRecord:
    """Returns the trace of a rollout, with its rewards and metrics as scores.

    Raises:
        UnknownMarkup: a message has unknown markup.
        BadUserInput: a field is missing or malformed; the path names it.
    """
    fields = {"source": "verifiers"} | object_of(line)
    return parse_graph(fields) if "nodes" in fields else parse_result(fields, number)


def parse_result(fields: dict[str, Any], number: int) -> ParsedRecord:
    """Returns the trace of a line of ``results.jsonl``; raises as ``parse`` does."""
    prompt, completion = fields.get("prompt"), fields.get("completion")
    scores = (*score_of("reward", fields.get("reward"), ("reward",)), *metrics_of(fields))
    external_id = f"{fields.get('example_id', '')}/{number}"
    return finish_each(
        lambda: completion_trace(fields, RESULT_READ, prompt, completion, ("completion",)),
        lambda parsed: replace(parsed, external_id=parsed.external_id or external_id, scores=scores),
    )


def parse_graph(fields: dict[str, Any]) -> ParsedRecord:
    """Returns the trace of a line of ``traces.jsonl``: the branch that ends in its last message."""
    data = task_data(fields)
    answer = data.get("answer")
    given = {"reference_answer": answer} if isinstance(answer, str | int | float) else {}
    messages = branch_of(fields)
    rewards = object_of(fields.get("rewards") or {}, ["rewards"], "rewards")
    scores = tuple(score for name, reward in rewards.items() for score in reward_score(name, reward))
    scores = (*scores, *metrics_of(fields))
    return finish_each(
        lambda: conversation_trace(fields | given, TRACE_READ, messages, ["nodes"]),
        lambda parsed: replace(parsed, scores=scores),
    )


def branch_of(fields: dict[str, Any]) -> list[Message]:
    """Returns the messages from the root to the last node.

    Raises:
        BadUserInput: a node is malformed, or its parent does not precede it.
    """
    nodes = list_of(fields, "nodes")
    messages: list[Message] = []
    position: Any = len(nodes) - 1
    while position is not None and nodes:
        path: tuple[PathPart, ...] = ("nodes", position)
        node = object_of(nodes[position], path, "A node")
        messages.append(message_of(node.get("message"), (*path, "message")))
        parent = node.get("parent")
        if parent is not None and (type(parent) is not int or not 0 <= parent < position):
            raise BadUserInput("parent must be the position of an earlier node, or null.", [*path, "parent"])
        position = parent
    return messages[::-1]


def task_data(fields: dict[str, Any]) -> dict[str, Any]:
    """Returns the row that a trace solves; empty if there is none."""
    task = fields.get("task")
    data = task.get("data") if isinstance(task, dict) else None
    return data if isinstance(data, dict) else {}


def reward_score(name: str, reward: Any) -> tuple[GivenScore, ...]:
    """Returns a reward's score without its weight; none if scoring did not run."""
    if reward is None:
        return ()
    value = object_of(reward, ["rewards", name], "A reward").get("score")
    return score_of(name, value, ("rewards", name, "score"))


def metrics_of(fields: dict[str, Any]) -> Iterator[GivenScore]:
    """Yields a score for each metric."""
    metrics = object_of(fields.get("metrics") or {}, ["metrics"], "metrics")
    for name, value in metrics.items():
        yield from score_of(name, value, ("metrics", name))


IMPORT_FORMAT = ImportFormat(
    "verifiers",
    "Rollouts of verifiers: results.jsonl or traces.jsonl, with rewards and metrics as scores.",
    parse,
    (shape("example_id", "prompt", "completion", "reward"), shape("nodes", "task", "agent")),
)
