# No `from __future__ import annotations` here: Strawberry reads the resolver's annotations.
"""``Trace.traceGroup``: the group of a trace, whose type is above traces."""

from importlib import import_module
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.lists.fields import batch_value
from tunix_rt.domain.groups.grouping import CORRECT_AT

GradedBy = Annotated[
    str | None,
    strawberry.argument(
        description="Name of the scorer whose latest scores of whole traces grade them, such as `answer_match`. "
        "Without it no trace is graded."
    ),
]
CorrectAt = Annotated[float, strawberry.argument(description="Minimum score of a correct trace.")]
GROUP_TYPE = "TraceGroup"
Group: Any = Annotated[GROUP_TYPE, strawberry.lazy("tunix_rt.api.groups.types")]


async def groups_of_traces(traces: list[Any], call: Call) -> list[Any]:
    """Returns the group of each trace; its module is named, since it imports this one's noun."""
    found: list[Any] = await import_module("tunix_rt.api.groups.queries").groups_of_traces(traces, call)
    return found


def group_field() -> Any:
    """Returns the field of a trace's group, fetched for all traces of a level at once."""

    async def resolve(
        root: Any, info: strawberry.Info, scorer: GradedBy = UNSET, correct_at: CorrectAt = CORRECT_AT
    ) -> Group:
        given = {"scorer": scorer, "correct_at": correct_at}
        arguments = {name: value for name, value in given.items() if value is not UNSET}
        return await batch_value(root, info, groups_of_traces, arguments)

    return strawberry.field(
        resolver=resolve,
        description="The group of the trace, with the statistics of all of its traces.",
        metadata={"batch": groups_of_traces},
    )
