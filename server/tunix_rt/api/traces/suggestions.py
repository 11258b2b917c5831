"""The query of metadata paths, for filters."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.domain.traces.suggestions import PATHS_DEFAULT, PATHS_MAX, MetaKind, MetaPathUse, meta_paths
from tunix_rt.errors import BadUserInput

Info = strawberry.Info[Context, None]
Sampled = Annotated[
    TraceWhere | None, strawberry.argument(description="Filters the traces that are sampled. Defaults to all.")
]
First = Annotated[int | None, strawberry.argument(description="Maximum number of paths: 1 to 500. Defaults to 100.")]


@strawberry.type(
    description="A path in the metadata of traces, as `MetaFilter.path` takes it, and its use in a sample."
)
class MetaPath:
    path: list[str] = strawberry.field(description="The keys leading to the value, outermost first.")
    trace_count: BigInt = strawberry.field(description="Number of traces of the sample that have a value at the path.")
    kinds: list[MetaKind] = strawberry.field(description="Kinds of the values, sorted by name.")
    examples: list[JSON] = strawberry.field(
        description="Up to five distinct strings of up to 200 characters, numbers and booleans, the newest first."
    )

    @classmethod
    def of(cls, use: MetaPathUse) -> MetaPath:
        """Converts the use of a path."""
        return cls(
            path=list(use.path),
            trace_count=BigInt(use.count),
            kinds=sorted(use.kinds, key=lambda kind: kind.name),
            examples=[JSON(value) for value in use.examples],
        )


async def find_meta_paths(info: Info, where: Sampled = UNSET, first: First = UNSET) -> list[MetaPath]:
    """Returns the metadata paths of the newest traces.

    Raises:
        BadUserInput: ``first`` is out of its range.
    """
    maximum = given_or_none(first)
    maximum = PATHS_DEFAULT if maximum is None else maximum
    if not 1 <= maximum <= PATHS_MAX:
        raise BadUserInput(f"first must be between 1 and {PATHS_MAX}; it is {maximum}.", ["first"])
    database = info.context.database
    conditions = TRACE_LIST.conditions(given_or_none(where), database.kind)
    async with database.read() as session:
        return [MetaPath.of(use) for use in await meta_paths(session, conditions, maximum)]
