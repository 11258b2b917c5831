"""Groups of traces in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.execution.limits.operation import PAGE_DEFAULT
from tunix_rt.api.filtering.groups import TraceGroupWhere
from tunix_rt.api.lists.fields import batch_value, paged_field
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import pages_of_parents
from tunix_rt.api.lists.shape import Alias, Shape, as_filled
from tunix_rt.api.relay.connection import Connection, page_size
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.db.models import traces
from tunix_rt.db.paging import Term
from tunix_rt.domain.groups.answers import DistinctAnswer
from tunix_rt.domain.groups.grouping import TRACE_GROUPS, Grouping, trace_groups
from tunix_rt.domain.groups.statistics import K_MAX, pass_at_k, require_k

SampleSize = Annotated[int, strawberry.argument(description=f"Number of traces: 1 to {K_MAX:,}.")]
AnswerNumber = Annotated[
    int | None, strawberry.argument(description="Maximum number of answers: 0 to 500. Defaults to 50.")
]


@strawberry.type(
    name="GroupAnswer",
    description="A final answer of a group. Answers that differ only in spelling, such as `$18$` and `18`, count as "
    "one.",
)
class GroupAnswer:
    answer: str = strawberry.field(description="The final answer, as spelled in the oldest trace that has it.")
    count: BigInt = strawberry.field(description="Number of traces with it.")
    graded_count: BigInt = strawberry.field(description="Number of graded traces with it.")
    correct_count: BigInt = strawberry.field(description="Number of correct traces with it.")


async def traces_of_groups(groups: list[Any], call: Call) -> list[Any]:
    """Returns the same page of the traces of every group, of those that it was formed from."""
    pages: dict[int, Any] = {}
    for grouping in {id(group.grouping): group.grouping for group in groups}.values():
        own = [group for group in groups if group.grouping is grouping]
        found = await pages_of_parents(
            TRACE_LIST, traces.c.group_key, own, call, grouping.conditions or ALL_TRACES, many=True
        )
        pages |= dict(zip(map(id, own), found, strict=True))
    return [pages[id(group)] for group in groups]


ALL_TRACES: Sequence[Any] = ()


def traces_field() -> Any:
    """Returns the field of the traces of a group."""

    async def answer(root: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return await batch_value(root, info, traces_of_groups, arguments)

    description = "Traces of the group that satisfy the `where` of `traceGroups`, newest first by default."
    return paged_field(TRACE_LIST, answer, description=description, metadata={"batch": traces_of_groups})


@strawberry.type(
    description="Traces of one group: samples of one prompt, to be compared with each other. The statistics cover "
    "the traces that satisfy the `where` of `traceGroups`. A trace is graded by its latest score of the whole trace "
    "by the `scorer`, and correct if that is at least `correctAt`."
)
class TraceGroup:
    grouping: strawberry.Private[Grouping]
    row_id: strawberry.Private[str]
    first_seq: strawberry.Private[int]
    answers: strawberry.Private[list[DistinctAnswer]]
    key: str = strawberry.field(description="`group` of the traces.")
    prompt: str = strawberry.field(
        description="Prompt of the oldest trace. By default, all traces of a group have the same prompt."
    )
    prompt_preview: str = strawberry.field(description="First 200 characters of `prompt`. Cheaper in lists.")
    reference_answer: str | None = strawberry.field(
        description="Reference answer of the oldest trace; null if it has none."
    )
    size: BigInt = strawberry.field(description="Number of traces.")
    graded_count: BigInt = strawberry.field(description="Number of graded traces; 0 if no `scorer` was given.")
    correct_count: BigInt = strawberry.field(description="Number of correct traces.")
    pass_rate: float | None = strawberry.field(
        description="`correctCount` divided by `gradedCount`, which is pass@1; null if no trace is graded."
    )
    mean: float | None = strawberry.field(description="Mean score of the graded traces; null if there are none.")
    variance: float | None = strawberry.field(
        description="Sample variance of the scores, with the divisor `gradedCount` - 1; null for fewer than two, "
        "or if it exceeds the range of floating-point numbers."
    )
    distinct_answer_count: BigInt = strawberry.field(description="Number of distinct final answers.")
    majority_answer: str | None = strawberry.field(
        description="The most frequent final answer; among equally frequent ones, that of the oldest trace. Null if "
        "there are several answers and each occurs once."
    )
    majority_correct: bool | None = strawberry.field(
        description="Whether more than half of the graded traces with the majority answer are correct; null if none is "
        "graded or there is no majority answer."
    )
    traces: Connection[Trace] = traces_field()

    @strawberry.field(
        description="Probability that at least one of `k` randomly chosen traces is correct: the unbiased estimator of "
        "Chen et al. 2021 (arXiv:2107.03374). Null if fewer than `k` traces are graded."
    )
    def pass_at_k(self, k: SampleSize) -> float | None:
        require_k(k)
        return pass_at_k(self.graded_count, self.correct_count, k)

    @strawberry.field(description="Distinct final answers, the most frequent first.")
    def distinct_answers(self, first: AnswerNumber = UNSET) -> list[GroupAnswer]:
        size = page_size(first if isinstance(first, int) else PAGE_DEFAULT, "first")
        return [
            GroupAnswer(
                answer=found.answer,
                count=BigInt(found.count),
                graded_count=BigInt(found.graded_count),
                correct_count=BigInt(found.correct_count),
            )
            for found in self.answers[:size]
        ]


def fill_counts(target: TraceGroup, graded: int, correct: int) -> None:
    """Sets the counts that ``passAtK`` is computed from."""
    target.graded_count, target.correct_count = BigInt(graded), BigInt(correct)


GROUP_SHAPE = Shape(
    make=TraceGroup,
    table=trace_groups,
    sources={
        "key": trace_groups.c.key,
        "size": trace_groups.c.size,
        "gradedCount": trace_groups.c.graded_count,
        "correctCount": trace_groups.c.correct_count,
        "passRate": trace_groups.c.pass_rate,
        "passAtK": as_filled([trace_groups.c.graded_count, trace_groups.c.correct_count], fill_counts),
        "rowId": Alias(trace_groups.c.key, "row_id"),
        "firstSeq": trace_groups.c.first_seq,
    },
)


OWN = frozenset({"rowId", "firstSeq"})
"""The names of what every group has, by which the rest is read."""


@strawberry.enum(description="Fields that groups can be sorted by.")
class TraceGroupOrderField(enum.Enum):
    OLDEST_TRACE = strawberry.enum_value("first_seq", description="Time at which the group's oldest trace was stored.")
    KEY = strawberry.enum_value("key", description="Key of the group.")
    SIZE = strawberry.enum_value("size", description="Number of traces.")
    GRADED_COUNT = strawberry.enum_value("graded_count", description="Number of graded traces.")
    CORRECT_COUNT = strawberry.enum_value("correct_count", description="Number of correct traces.")
    PASS_RATE = strawberry.enum_value("pass_rate", description="Share of correct traces among graded ones.")


@strawberry.input(description="A term of the sort order of groups.")
class TraceGroupOrder:
    field: TraceGroupOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


TRACE_GROUP_LIST = Listing(
    name="TraceGroup",
    shape=GROUP_SHAPE,
    identity=trace_groups.c.key,
    filterable=TRACE_GROUPS,
    where=TraceGroupWhere,
    order=TraceGroupOrder,
    default=(Term(trace_groups.c.first_seq, descending=True),),
)
