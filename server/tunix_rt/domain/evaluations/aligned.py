"""Aligned prompts of a pair: for each prompt that both candidates have scores for, both scores and both answers."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import case, literal, select

from tunix_rt.db.models import evaluation_outcomes, evaluation_pairs
from tunix_rt.domain.filtering.sql import Condition, Filterable


class PairResult(Enum):
    """The result of a comparison on one prompt."""

    WIN = "WIN"
    LOSS = "LOSS"
    TIE = "TIE"
    BOTH_WRONG = "BOTH_WRONG"


FIRST, SECOND = evaluation_outcomes.alias("first"), evaluation_outcomes.alias("second")

# Typed loosely: it is used like a table, which it is not.
ALIGNED: Any = (
    select(
        evaluation_pairs.c.id.label("pair_id"),
        FIRST.c.position,
        FIRST.c.trace_id.label("trace_a_id"),
        SECOND.c.trace_id.label("trace_b_id"),
        FIRST.c.prompt_score.label("score_a"),
        SECOND.c.prompt_score.label("score_b"),
        case(
            (FIRST.c.prompt_score > SECOND.c.prompt_score, literal(PairResult.WIN.value)),
            (FIRST.c.prompt_score < SECOND.c.prompt_score, literal(PairResult.LOSS.value)),
            (FIRST.c.prompt_score == 0, literal(PairResult.BOTH_WRONG.value)),
            else_=literal(PairResult.TIE.value),
        ).label("result"),
    )
    .where(
        FIRST.c.candidate_id == evaluation_pairs.c.a_id,
        SECOND.c.candidate_id == evaluation_pairs.c.b_id,
        SECOND.c.position == FIRST.c.position,
        FIRST.c.sample == 0,
        SECOND.c.sample == 0,
        FIRST.c.prompt_score.is_not(None),
        SECOND.c.prompt_score.is_not(None),
    )
    .subquery("aligned")
)
"""The aligned prompts of all pairs, to be read for one pair at a time; the answers are the first samples."""

ALIGNED_PROMPTS = Filterable(
    table=ALIGNED,
    columns={"position": ALIGNED.c.position, "score_a": ALIGNED.c.score_a, "score_b": ALIGNED.c.score_b},
)


def with_result(result: PairResult) -> Condition:
    """Returns the condition for aligned prompts with a result."""
    condition: Condition = ALIGNED.c.result == result.value
    return condition
