"""The original application's baseline: more and longer steps score higher, up to ten steps of 500 characters."""

from __future__ import annotations

from tunix_rt.domain.scorers.base import Scorer, Solution, Verdict

FULL_STEPS = 10
FULL_STEP_CHARS = 500
HALF = 50


def score(trace: Solution) -> Verdict:
    """Returns the score: up to 50 for the number of steps and up to 50 for their average length, to two decimals.

    ``min(n / 10, 1) * 50 + min(average / 500, 1) * 50`` over the steps' code points, without prompt and answer (the
    original application's behaviour, section 2).
    """
    count = len(trace.steps)
    chars = sum(len(step.content) for step in trace.steps)
    average = chars / count
    step_score = min(count / FULL_STEPS, 1) * HALF
    length_score = min(average / FULL_STEP_CHARS, 1) * HALF
    details = {
        "step_count": count,
        "avg_step_length": round(average, 2),
        "total_chars": chars,
        "step_score": round(step_score, 2),
        "length_score": round(length_score, 2),
    }
    return Verdict(round(step_score + length_score, 2), details)


SCORER = Scorer(
    name="baseline",
    version="1",
    description="Rewards up to ten steps and up to 500 characters a step; does not judge correctness.",
    low=0.0,
    high=100.0,
    score=score,
)
