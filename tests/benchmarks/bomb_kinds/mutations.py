"""Mutations with large variables."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.bomb_kinds.base import BOTH, Bomb, asking, posting

QUERY = """mutation ($input: CreateTracesInput!) {
    createTraces(input: $input) { createdCount errors { code message path } }
}"""
ONE = "mutation ($input: CreateTraceInput!) { createTrace(input: $input) { trace { id } errors { code message } } }"
GOOD: dict[str, Any] = {"type": "thought", "content": "x"}
BAD: dict[str, Any] = {"type": "", "content": ""}


def trace(step: dict[str, Any], steps: int, number: int = 0) -> dict[str, Any]:
    """A trace with one step again and again."""
    return {"prompt": f"{number}?", "finalAnswer": "4", "steps": [step] * steps}


def traces(step: dict[str, Any], steps: int, count: int = 1000) -> dict[str, Any]:
    """The variables of ``createTraces``."""
    return {"input": {"traces": [trace(step, steps, number) for number in range(count)]}}


BOMBS = (
    Bomb("createTraces: 1,000 x 500 steps", asking(QUERY, traces(GOOD, 500))),
    Bomb("createTraces: 1,000 x 600 bad steps", asking(QUERY, traces(BAD, 600))),
    Bomb("createTraces: 10 x 1,000 steps", asking(QUERY, traces(GOOD, 1000, 10)), BOTH),
    Bomb("createTrace: 1,000,000 steps", asking(ONE, {"input": {"trace": trace(GOOD, 1_000_000)}})),
    Bomb(
        "variables: 15 million numbers",
        posting("/graphql", b'{"query": "{ __typename }", "variables": {"a": [' + b"0," * 15_000_000 + b"0]}}"),
    ),
    Bomb(
        "variables: 30 MB of brackets",
        posting("/graphql", b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 30_000_000 + b"}}"),
    ),
)
