"""Checks that a trace is a complete answer: reasoning, then a final answer, without markup of a template in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunix_rt.domain.scorers.base import ScoredTrace, Scorer, Verdict
from tunix_rt.domain.traces.trace import ANSWER_STEP

MARKUP = re.compile(
    r"</?(?:think|thinking|thought|reasoning|seed:think|scratch_?pad|answer|solution|tool_call|tool_response)>"
    r"|\[/?THINK\]"
    r"|\u25c1/?think\u25b7"
    r"|<\|[a-zA-Z_]{1,40}\|>"
    r"|<(?:start|end)_of_turn>",
    re.IGNORECASE,
)
"""The markers of reasoning and of chat templates, which a parser removes where they are complete."""
SHOWN = 10


def score(trace: ScoredTrace) -> Verdict:
    """Returns 1 if the trace follows the format, else 0; ``details`` has the violations."""
    found = list(violations(trace))
    return Verdict(0.0 if found else 1.0, {"violations": found[:SHOWN], "count": len(found)})


def violations(trace: ScoredTrace) -> Iterator[str]:
    """Yields each violation of the format as a short text."""
    if trace.malformed:
        yield "The generated answer did not follow its template."
    if not trace.final_answer.strip():
        yield "The final answer is blank."
    elif found := MARKUP.search(trace.final_answer):
        yield f"The final answer contains {found[0]}."
    if all(step.type == ANSWER_STEP for step in trace.steps):
        yield "There is no reasoning before the answer."
    for position, step in enumerate(trace.steps):
        if not step.content.strip():
            yield f"steps[{position}] is blank."
        elif found := MARKUP.search(step.content):
            yield f"steps[{position}] contains {found[0]}."


SCORER = Scorer(
    name="format_valid",
    version="2",
    description="Whether the trace has reasoning and a final answer without leftover markup such as `<think>`, and a "
    "generated one has followed its template: 1 or 0; `details` has the violations.",
    low=0.0,
    high=1.0,
    score=score,
)
