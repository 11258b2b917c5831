"""Measures the length of a solution."""

from __future__ import annotations

from tunix_rt.domain.scorers.base import ScoredTrace, Scorer, Verdict

HALF_CHARS = 2000
"""The number of characters of a solution that scores 0.5."""


def score(trace: ScoredTrace) -> Verdict:
    """Returns ``2000 / (2000 + n)`` for n characters of steps and final answer, to four decimals."""
    step_chars = sum(len(step.content) for step in trace.steps)
    answer_chars = len(trace.final_answer)
    details = {"steps": len(trace.steps), "step_chars": step_chars, "answer_chars": answer_chars}
    return Verdict(round(HALF_CHARS / (HALF_CHARS + step_chars + answer_chars), 4), details)


SCORER = Scorer(
    name="length",
    version="1",
    description="Shortness of the solution: 2000 / (2000 + n) for n characters of steps and final answer; `details` "
    "has the numbers of steps and characters.",
    low=0.0,
    high=1.0,
    score=score,
)
