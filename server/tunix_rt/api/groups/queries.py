"""The queries of groups: pages of all groups, one group by its key, and the groups of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.filtering.groups import TraceGroupWhere
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.groups.loading import load_details
from tunix_rt.api.groups.types import OWN, TRACE_GROUP_LIST, TraceGroup, TraceGroupOrder
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.fields import AFTER, BEFORE, FIRST, LAST, ORDER_BY
from tunix_rt.api.lists.page_request import Request
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.scores.scorer_names import require_scorer, require_threshold
from tunix_rt.api.traces.own_group import CorrectAt, GradedBy
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.db.bulk import chunks
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.sql import Condition
from tunix_rt.domain.groups.grouping import CORRECT_AT, Grouping, in_groups
from tunix_rt.domain.groups.reading import count_groups, group_rows
from tunix_rt.domain.text import require_text
from tunix_rt.domain.traces.trace import GROUP_MAX_CHARS
from tunix_rt.errors import TunixRtError

Info = strawberry.Info[Context, None]
Grouped = Annotated[
    TraceWhere | None, strawberry.argument(description="Filters the traces that form groups. Defaults to all.")
]
Having = Annotated[TraceGroupWhere | None, strawberry.argument(description="Filters the groups by their statistics.")]
OrderBy = Annotated[list[TraceGroupOrder] | None, strawberry.argument(description=ORDER_BY.replace("id", "key"))]
First = Annotated[int | None, strawberry.argument(description=FIRST)]
After = Annotated[str | None, strawberry.argument(description=AFTER)]
Last = Annotated[int | None, strawberry.argument(description=LAST)]
Before = Annotated[str | None, strawberry.argument(description=BEFORE)]
GroupKey = Annotated[str, strawberry.argument(description="Key of the group.")]


GROUPS_MAX = 500
"""The most groups of one level of a query."""


class GroupRequest(Request):
    """The request for one page of groups."""

    @property
    def names(self) -> frozenset[str]:
        """The selected fields of the groups, and what every group has."""
        return super().names | OWN


async def find_groups(  # noqa: PLR0913, PLR0917 - the arguments of a GraphQL field
    info: Info,
    where: Grouped = UNSET,
    having: Having = UNSET,
    scorer: GradedBy = UNSET,
    correct_at: CorrectAt = CORRECT_AT,
    order_by: OrderBy = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[TraceGroup]:
    """Returns a page of the groups of the traces that a filter matches.

    Raises:
        BadUserInput, BadCursor, TooCostly: an argument is malformed or exceeds its limit.
    """
    kind = info.context.database.kind
    grouping = await grouping_of(
        info.context, TRACE_LIST.conditions(given_or_none(where), kind), given_or_none(scorer), correct_at
    )
    paging = {"order_by": order_by, "first": first, "after": after, "last": last, "before": before}
    arguments = {name: value for name, value in paging.items() if value is not UNSET}
    request = GroupRequest.of(TRACE_GROUP_LIST, current_selection(info), kind, arguments)
    return await page_of(info.context, request, grouping, conditions_of(given_or_none(having), kind))


async def grouping_of(
    context: Context, conditions: Sequence[Condition], scorer: str | None, correct_at: float
) -> Grouping:
    """Returns the grouping of some traces.

    Raises:
        BadUserInput: there is no such scorer, or the least score of a correct trace is no finite number.
    """
    grouping = Grouping(conditions, scorer, require_threshold(correct_at, "correctAt"))
    if scorer is not None:
        await require_scorer(context, scorer, "scorer")
    return grouping


def conditions_of(having: TraceGroupWhere | None, kind: str) -> list[Condition]:
    """Returns the conditions on groups; the path of an error begins with the argument's name."""
    try:
        return TRACE_GROUP_LIST.conditions(having, kind)
    except TunixRtError as error:
        error.path = ("having", *error.path[1:])
        raise


async def page_of(
    context: Context, request: Request, grouping: Grouping, having: Sequence[Condition]
) -> Connection[TraceGroup]:
    """Returns a page of groups."""
    async with context.database.read() as session:
        rows = await rows_of(session, request, grouping, having) if request.needs_rows else []
        total = await count_groups(session, grouping, having) if "totalCount" in request.selection else None
        found: Connection[TraceGroup] = await request.connection(rows, total, max(1, len(rows)))
        await load_details(session, grouping, found.nodes, request.names, context.budget.reading)
    return found


async def rows_of(session: Session, request: Request, grouping: Grouping, having: Sequence[Condition]) -> list[Any]:
    """Returns the rows of a page, and one more if there is one."""
    rows = await group_rows(
        session,
        grouping,
        request.columns,
        [*having, *request.until, *request.beyond],
        request.order,
        backward=request.page.backward,
        limit=request.page.size + 1,
    )
    return list(rows)


async def find_group(
    info: Info, key: GroupKey, where: Grouped = UNSET, scorer: GradedBy = UNSET, correct_at: CorrectAt = CORRECT_AT
) -> TraceGroup | None:
    """Returns the group of a key; None if no trace is in it.

    Raises:
        BadUserInput, TooCostly: an argument is malformed or exceeds its limit.
    """
    conditions = TRACE_LIST.conditions(given_or_none(where), info.context.database.kind)
    require_text(key, 1, GROUP_MAX_CHARS, ["key"])
    conditions = [*conditions, in_groups([key], info.context.database.kind)]
    grouping = await grouping_of(info.context, conditions, given_or_none(scorer), correct_at)
    found = await groups_of(info.context, grouping, frozenset(current_selection(info)))
    return found.get(key)


async def groups_of_traces(rows: list[Any], call: Call) -> list[TraceGroup]:
    """Returns the group of each trace."""
    scorer, correct_at = call.arguments.get("scorer"), call.arguments.get("correct_at", CORRECT_AT)
    found: dict[str, TraceGroup] = {}
    for keys in chunks(list(dict.fromkeys(trace.group for trace in rows)), GROUPS_MAX):
        grouping = await grouping_of(call.context, [in_groups(keys, call.context.database.kind)], scorer, correct_at)
        found |= await groups_of(call.context, grouping, frozenset(call.selection))
    return [found[trace.group] for trace in rows]


async def groups_of(context: Context, grouping: Grouping, names: frozenset[str]) -> dict[str, TraceGroup]:
    """Returns the groups that a grouping makes, which are few, by their keys."""
    own = names | OWN
    columns = TRACE_GROUP_LIST.shape.columns(own)
    async with context.database.read() as session:
        order = TRACE_GROUP_LIST.order_of(None)
        rows = await group_rows(session, grouping, columns, [], order, backward=False, limit=GROUPS_MAX)
        found: list[TraceGroup] = TRACE_GROUP_LIST.shape.objects(rows, own)
        await load_details(session, grouping, found, names, context.budget.reading)
    return {group.row_id: group for group in found}
