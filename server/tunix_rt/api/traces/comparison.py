"""Comparison of two traces."""

from __future__ import annotations

from typing import Any

import strawberry

from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.scalars import JSON
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.scorers import baseline
from tunix_rt.errors import NotFound


@strawberry.type(description="One of the two traces of a comparison.")
class ComparedTrace:
    trace: Trace = strawberry.field(description="The trace.")
    score: float = strawberry.field(
        description="Score by the `baseline` scorer, computed for this comparison and not stored."
    )
    details: JSON = strawberry.field(description="The terms that make up the score, by name.")


@strawberry.type(description="Two traces side by side.")
class TraceComparison:
    base: ComparedTrace = strawberry.field(description="The trace compared against.")
    other: ComparedTrace = strawberry.field(description="The trace being compared.")
    difference: float = strawberry.field(description="Score of `other` minus score of `base`, rounded to two decimals.")


async def compare(info: Any, base: str, other: str) -> TraceComparison:
    """Returns both traces with their baseline scores.

    Raises:
        NotFound: a trace does not exist; the base is checked first.
    """
    selection = current_selection(info)
    names = selection.names(("base", "trace"), ("other", "trace")) | {"prompt", "steps"}
    ids = {"base": uuid_of(base, "Trace", ("base",)), "other": uuid_of(other, "Trace", ("other",))}
    found = await objects_by_id(TRACE_LIST, info.context, list(ids.values()), names)
    for side, value in ids.items():
        if value not in found:
            raise NotFound(f"{side.title()} trace {value} does not exist.", [side])
    sides = {side: compared_trace(found[value]) for side, value in ids.items()}
    difference = round(sides["other"].score - sides["base"].score, 2)
    return TraceComparison(base=sides["base"], other=sides["other"], difference=difference)


def compared_trace(trace: Trace) -> ComparedTrace:
    """Returns a trace with its baseline score."""
    verdict = baseline.score(trace)
    return ComparedTrace(trace=trace, score=verdict.score, details=JSON(dict(verdict.details)))
