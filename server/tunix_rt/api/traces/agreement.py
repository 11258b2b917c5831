"""Agreement of two scorers in GraphQL: the confusion table, Cohen's kappa and the disagreements."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.fields import paged_field
from tunix_rt.api.lists.reading import root_page
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.scores.scorer_names import require_scorer, require_threshold
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.domain.scores.agreement import Confusion, ScorerPair, confusion_of, disagreement

Info = strawberry.Info[Context, None]
ScorerA = Annotated[str, strawberry.argument(description="Name of the first scorer: code, model or person.")]
ScorerB = Annotated[str, strawberry.argument(description="Name of the second scorer.")]
Threshold = Annotated[
    float, strawberry.argument(description="Minimum score of a trace that passes with `a`, and by default with `b`.")
]
ThresholdB = Annotated[
    float | None,
    strawberry.argument(description="Minimum score of a trace that passes with `b`. Defaults to `threshold`."),
]
Compared = Annotated[
    TraceWhere | None, strawberry.argument(description="Filters the traces to compare. Defaults to all.")
]


async def disagreements_of(root: Any, info: Any, arguments: dict[str, Any]) -> Any:
    """Returns a page of the traces on which two scorers disagree."""
    return await root_page(TRACE_LIST, Call(info.context, current_selection(info), arguments), also=root.conditions)


@strawberry.type(
    description="Agreement of two scorers on the traces that both have scored, by their latest scores of whole traces."
)
class ScorerAgreement:
    conditions: strawberry.Private[list[Any]]
    trace_count: BigInt = strawberry.field(description="Number of traces that both have scored.")
    both_passed_count: BigInt = strawberry.field(description="Number of traces that pass with both.")
    only_a_count: BigInt = strawberry.field(description="Number of traces that pass only with `a`.")
    only_b_count: BigInt = strawberry.field(description="Number of traces that pass only with `b`.")
    neither_count: BigInt = strawberry.field(description="Number of traces that pass with neither.")
    agreement: float | None = strawberry.field(
        description="Share of traces on which both agree: 0 to 1. Null if there are no traces."
    )
    kappa: float | None = strawberry.field(
        description="Cohen's kappa, agreement beyond chance: -1 to 1. Null if there are no traces, or if both give all "
        "traces the same result."
    )
    disagreements: Connection[Trace] = paged_field(
        TRACE_LIST, disagreements_of, description="Traces that pass with only one of the two, newest first by default."
    )


async def find_agreement(
    info: Info,
    a: ScorerA,
    b: ScorerB,
    where: Compared = UNSET,
    threshold: Threshold = 1.0,
    threshold_b: ThresholdB = UNSET,
) -> ScorerAgreement:
    """Returns the agreement of two scorers.

    Raises:
        BadUserInput: a name, a threshold or the filter is malformed, or there is no such scorer.
    """
    other = given_or_none(threshold_b)
    for name, value in (("threshold", threshold), ("thresholdB", threshold if other is None else other)):
        require_threshold(value, name)
    for name, scorer in (("a", a), ("b", b)):
        await require_scorer(info.context, scorer, name)
    pair = ScorerPair(a, b, threshold, threshold if other is None else other)
    database = info.context.database
    conditions = TRACE_LIST.conditions(where, database.kind)
    async with database.read() as session:
        found = await confusion_of(session, pair, conditions)
    return agreement_of(found, [disagreement(pair), *conditions])


def agreement_of(found: Confusion, conditions: list[Any]) -> ScorerAgreement:
    """Converts a confusion table.

    Args:
        conditions: the conditions for the disagreements.
    """
    return ScorerAgreement(
        conditions=conditions,
        trace_count=BigInt(found.total),
        both_passed_count=BigInt(found.both),
        only_a_count=BigInt(found.only_a),
        only_b_count=BigInt(found.only_b),
        neither_count=BigInt(found.neither),
        agreement=found.agreement,
        kappa=found.kappa,
    )
