"""Grades the final answer by the reference answer, with the rules of ``domain/answers/``."""

from __future__ import annotations

from collections.abc import Mapping

from tunix_rt.domain.answers.comparison import AnswerVerdict, compare_answers
from tunix_rt.domain.scorers.base import ScoredTrace, Scorer, Verdict

SCORES: Mapping[AnswerVerdict, float] = {
    AnswerVerdict.CORRECT: 1.0,
    AnswerVerdict.UNDECIDED: 0.5,
    AnswerVerdict.WRONG: 0.0,
}


def score(trace: ScoredTrace) -> Verdict | None:
    """Returns 1 for a correct answer, 0 for a wrong one and 0.5 if undecided; None without a reference."""
    if trace.reference_answer is None:
        return None
    found = compare_answers(trace.final_answer, trace.reference_answer)
    return Verdict(SCORES[found.verdict], {"verdict": found.verdict.value, "rule": found.rule})


SCORER = Scorer(
    name="answer_match",
    version="2",
    description="Compares the final answer with the reference answer: 1 correct, 0 wrong, 0.5 undecided. Numbers, "
    "fractions, percentages, units, sets, tuples, intervals, ratios and choices; evaluates nothing.",
    low=0.0,
    high=1.0,
    score=score,
)
