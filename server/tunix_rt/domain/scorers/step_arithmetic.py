"""Checks the arithmetic that a trace's steps claim."""

from __future__ import annotations

from itertools import islice

from tunix_rt.domain.answers.arithmetic import claims_of
from tunix_rt.domain.scorers.base import ScoredTrace, Scorer, Verdict

CLAIMS_MAX = 10_000
"""The maximum number of claims of a trace that are checked."""
SHOWN = 10


def score(trace: ScoredTrace) -> Verdict | None:
    """Returns the share of claims such as ``<<8*3=24>>`` or ``12 + 5 = 17`` that hold; None if there is no claim."""
    claims = ((position, claim) for position, step in enumerate(trace.steps) for claim in claims_of(step.content))
    checked = list(islice(claims, CLAIMS_MAX))
    if not checked:
        return None
    wrong = [{"step": position, "claim": claim.text} for position, claim in checked if not claim.holds]
    details = {"claims": len(checked), "wrong": len(wrong), "first_wrong": wrong[:SHOWN]}
    return Verdict(round(1 - len(wrong) / len(checked), 4), details)


SCORER = Scorer(
    name="step_arithmetic",
    version="2",
    description="Share of the steps' claims such as `<<8*3=24>>` or `12 + 5 = 17` that hold; `details` has the first "
    "wrong ones. Traces without such claims get no score.",
    low=0.0,
    high=1.0,
    score=score,
)
