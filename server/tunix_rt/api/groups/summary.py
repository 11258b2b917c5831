"""The query that summarizes groups: how many, how many are solved, and pass@k on average."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.groups.queries import Grouped, Having, conditions_of, grouping_of
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.own_group import CorrectAt, GradedBy
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.domain.groups.grouping import CORRECT_AT
from tunix_rt.domain.groups.statistics import K_MAX, require_k
from tunix_rt.domain.groups.summary import KS_MAX, CountedGroups, counted_groups, mean_pass_at_k
from tunix_rt.errors import BadUserInput
from tunix_rt.offload import off_loop

Info = strawberry.Info[Context, None]
Ks = Annotated[list[int], strawberry.argument(description=f"Values of k, each 1 to {K_MAX:,}: 1 to {KS_MAX} values.")]
PAIR_COST = 1000
"""The cost of one value of pass@k, in bytes of text that take as long."""


@strawberry.type(description="Mean of pass@k over groups.")
class PassAtK:
    k: int = strawberry.field(description="Number of traces.")
    value: float | None = strawberry.field(
        description="Mean over the groups with at least `k` graded traces; null if there are none."
    )
    group_count: BigInt = strawberry.field(description="Number of groups with at least `k` graded traces.")


@strawberry.type(description="Summary of groups of traces.")
class TraceGroupSummary:
    counted: strawberry.Private[list[CountedGroups]]
    group_count: BigInt = strawberry.field(description="Number of groups.")
    graded_group_count: BigInt = strawberry.field(description="Number of groups with a graded trace.")
    solved_group_count: BigInt = strawberry.field(description="Number of groups with a correct trace.")
    trace_count: BigInt = strawberry.field(description="Number of traces of all groups.")
    graded_count: BigInt = strawberry.field(description="Number of graded traces of all groups.")
    correct_count: BigInt = strawberry.field(description="Number of correct traces of all groups.")

    @strawberry.field(
        description="Mean of pass@k over groups for each value of `k`, in the given order. Each group counts once, "
        "regardless of its size."
    )
    async def pass_at_k(self, k: Ks) -> list[PassAtK]:
        if not 1 <= len(k) <= KS_MAX:
            raise BadUserInput(f"k must have 1 to {KS_MAX} values; it has {len(k)}.", ["k"])
        for value in k:
            require_k(value)
        cost = PAIR_COST * len(k) * len(self.counted)
        means = await off_loop(cost, mean_pass_at_k, self.counted, k)
        return [PassAtK(k=mean.k, value=mean.value, group_count=BigInt(mean.groups)) for mean in means]

    @classmethod
    def of(cls, counted: list[CountedGroups]) -> TraceGroupSummary:
        """Returns the summary of counted groups."""
        return cls(
            counted=counted,
            group_count=BigInt(sum(found.groups for found in counted)),
            graded_group_count=BigInt(sum(found.groups for found in counted if found.graded)),
            solved_group_count=BigInt(sum(found.groups for found in counted if found.correct)),
            trace_count=BigInt(sum(found.size for found in counted)),
            graded_count=BigInt(sum(found.groups * found.graded for found in counted)),
            correct_count=BigInt(sum(found.groups * found.correct for found in counted)),
        )


async def summarize_groups(
    info: Info,
    where: Grouped = UNSET,
    having: Having = UNSET,
    scorer: GradedBy = UNSET,
    correct_at: CorrectAt = CORRECT_AT,
) -> TraceGroupSummary:
    """Returns the summary of the groups of the traces that a filter matches.

    Raises:
        BadUserInput, TooCostly: an argument is malformed or exceeds its limit.
    """
    kind = info.context.database.kind
    grouping = await grouping_of(
        info.context, TRACE_LIST.conditions(given_or_none(where), kind), given_or_none(scorer), correct_at
    )
    conditions = conditions_of(given_or_none(having), kind)
    async with info.context.database.read() as session:
        return TraceGroupSummary.of(await counted_groups(session, grouping, conditions))
