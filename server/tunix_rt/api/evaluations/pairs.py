"""Comparisons of two candidates in GraphQL, with the prompts on which each is better."""

from __future__ import annotations

import enum
import uuid

import strawberry

from tunix_rt.api.evaluations.candidates import EVALUATION_CANDIDATE_LIST, EvaluationCandidate, objects_named_by
from tunix_rt.api.filtering.evaluations import AlignedPromptWhere, EvaluationPairWhere
from tunix_rt.api.lists.fields import batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Alias, Shape, as_enum, as_filled, as_value, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.db.models import evaluation_pairs
from tunix_rt.db.models.evaluations import SignificanceTest
from tunix_rt.db.paging import Term
from tunix_rt.domain.evaluations.aligned import ALIGNED, ALIGNED_PROMPTS, PairResult, with_result
from tunix_rt.domain.evaluations.significance import ALPHA
from tunix_rt.domain.filtering.evaluations import EVALUATION_PAIRS


@strawberry.type(description="A prompt that both candidates of a pair have scored answers to.")
class AlignedPrompt:
    trace_a_id: strawberry.Private[uuid.UUID]
    trace_b_id: strawberry.Private[uuid.UUID]
    position: int = strawberry.field(description="Position of the prompt among the dataset's prompts, from 0.")
    score_a: float = strawberry.field(description="Mean score of the answers of candidate `a`.")
    score_b: float = strawberry.field(description="Mean score of the answers of candidate `b`.")
    trace_a: Trace | None = batched_field(
        objects_named_by("trace_a_id", TRACE_LIST),
        Trace | None,
        "The newest answer of candidate `a`; null if it was deleted since.",
    )
    trace_b: Trace | None = batched_field(
        objects_named_by("trace_b_id", TRACE_LIST),
        Trace | None,
        "The newest answer of candidate `b`; null if it was deleted since.",
    )


ALIGNED_SHAPE = Shape(
    make=AlignedPrompt,
    table=ALIGNED,
    sources={
        "position": ALIGNED.c.position,
        "scoreA": ALIGNED.c.score_a,
        "scoreB": ALIGNED.c.score_b,
        "traceA": ALIGNED.c.trace_a_id,
        "traceB": ALIGNED.c.trace_b_id,
    },
)


@strawberry.enum(description="Fields that aligned prompts can be sorted by.")
class AlignedPromptOrderField(enum.Enum):
    POSITION = strawberry.enum_value("position", description="Position of the prompt in the dataset.")


@strawberry.input(description="A term of the sort order of aligned prompts.")
class AlignedPromptOrder:
    field: AlignedPromptOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


ALIGNED_LIST = Listing(
    name="AlignedPrompt",
    shape=ALIGNED_SHAPE,
    identity=ALIGNED.c.position,
    filterable=ALIGNED_PROMPTS,
    where=AlignedPromptWhere,
    order=AlignedPromptOrder,
    default=(Term(ALIGNED.c.position, descending=False),),
)


def prompts_field(result: PairResult, description: str) -> Connection[AlignedPrompt]:
    """Returns the connection of a pair's prompts with a result."""
    field: Connection[AlignedPrompt] = child_connection(
        ALIGNED_LIST, ALIGNED.c.pair_id, description, via=(with_result(result),)
    )
    return field


@strawberry.type(
    description="The comparison of two candidates on the prompts that both have scored answers to. Differences are "
    "`a` minus `b`."
)
class EvaluationPair(Node):
    row_id: strawberry.Private[uuid.UUID]
    a_id: strawberry.Private[uuid.UUID]
    b_id: strawberry.Private[uuid.UUID]
    a: EvaluationCandidate = batched_field(
        objects_named_by("a_id", EVALUATION_CANDIDATE_LIST), EvaluationCandidate, "The first candidate."
    )
    b: EvaluationCandidate = batched_field(
        objects_named_by("b_id", EVALUATION_CANDIDATE_LIST), EvaluationCandidate, "The second candidate."
    )
    difference: float = strawberry.field(description="Mean over prompts of the difference of the prompt's scores.")
    low: float = strawberry.field(
        description="Lower bound of the 95 % confidence interval of the difference, by the paired bootstrap over "
        "prompts."
    )
    high: float = strawberry.field(description="Upper bound of the confidence interval.")
    test: SignificanceTest = strawberry.field(description="Test that gives the p-values.")
    p_value: float = strawberry.field(description="Two-sided p-value of the difference: 0 to 1.")
    p_holm: float = strawberry.field(
        description="The p-value after Holm's correction for the number of pairs of the evaluation."
    )
    significant: bool = strawberry.field(description="Whether the corrected p-value is below 0.05.")
    prompt_count: int = strawberry.field(description="Number of prompts that were compared.")
    win_count: int = strawberry.field(description="Number of prompts on which `a` scores higher.")
    loss_count: int = strawberry.field(description="Number of prompts on which `b` scores higher.")
    tie_count: int = strawberry.field(description="Number of prompts on which both score the same, above 0.")
    both_wrong_count: int = strawberry.field(description="Number of prompts on which both score 0.")
    detectable_difference: float | None = strawberry.field(
        description="Minimum detectable difference: the smallest true difference that is found significant at the 5 % "
        "level with a power of 80 %, given the number of prompts and the variance of their differences. Null with "
        "fewer than two prompts, or if all of them have the same difference, so that there is no variance."
    )
    prompts_needed: BigInt | None = strawberry.field(
        description="Number of prompts needed to detect a difference as large as the observed one, at the same level "
        "and power. Null if the difference is 0, or if `detectableDifference` is null."
    )
    wins: Connection[AlignedPrompt] = prompts_field(PairResult.WIN, "Prompts on which `a` scores higher.")
    losses: Connection[AlignedPrompt] = prompts_field(PairResult.LOSS, "Prompts on which `b` scores higher.")
    ties: Connection[AlignedPrompt] = prompts_field(PairResult.TIE, "Prompts on which both score the same, above 0.")
    both_wrong: Connection[AlignedPrompt] = prompts_field(PairResult.BOTH_WRONG, "Prompts on which both score 0.")


COLUMNS = evaluation_pairs.c
COUNTS = [COLUMNS.win_count, COLUMNS.loss_count, COLUMNS.tie_count, COLUMNS.both_wrong_count]
ROW_ID = Alias(COLUMNS.id, "row_id")


def fill_prompt_count(target: EvaluationPair, *counts: int) -> None:
    """Sets the number of prompts."""
    target.prompt_count = sum(counts)


EVALUATION_PAIR_SHAPE = Shape(
    make=EvaluationPair,
    table=evaluation_pairs,
    sources=node_sources("EvaluationPair", COLUMNS.id)
    | {
        "wins": ROW_ID,
        "losses": ROW_ID,
        "ties": ROW_ID,
        "bothWrong": ROW_ID,
        "a": COLUMNS.a_id,
        "b": COLUMNS.b_id,
        "difference": COLUMNS.difference,
        "low": COLUMNS.low,
        "high": COLUMNS.high,
        "test": as_enum(COLUMNS.test, SignificanceTest),
        "pValue": COLUMNS.p_value,
        "pHolm": COLUMNS.p_holm,
        "significant": as_value(COLUMNS.p_holm, lambda p_value: p_value < ALPHA, "significant"),
        "promptCount": as_filled(COUNTS, fill_prompt_count),
        "winCount": COLUMNS.win_count,
        "lossCount": COLUMNS.loss_count,
        "tieCount": COLUMNS.tie_count,
        "bothWrongCount": COLUMNS.both_wrong_count,
        "detectableDifference": COLUMNS.detectable_difference,
        "promptsNeeded": COLUMNS.prompts_needed,
    },
)


@strawberry.enum(description="Fields that the pairs of an evaluation can be sorted by.")
class EvaluationPairOrderField(enum.Enum):
    POSITION = strawberry.enum_value("position", description="Positions of the candidates, the first one's first.")
    DIFFERENCE = strawberry.enum_value("difference", description="Mean difference.")
    P_HOLM = strawberry.enum_value("p_holm", description="Corrected p-value.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of pairs.")
class EvaluationPairOrder:
    field: EvaluationPairOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


EVALUATION_PAIR_LIST = Listing(
    name="EvaluationPair",
    shape=EVALUATION_PAIR_SHAPE,
    identity=COLUMNS.id,
    filterable=EVALUATION_PAIRS,
    where=EvaluationPairWhere,
    order=EvaluationPairOrder,
    default=(Term(COLUMNS.position, descending=False),),
)
