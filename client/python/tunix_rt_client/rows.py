"""Flat rows of traces, for data frames and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunix_rt_client.errors import BadInput
from tunix_rt_client.records import Trace

COLUMNS = (
    "id",
    "created_at",
    "source",
    "external_id",
    "prompt",
    "steps",
    "final_answer",
    "reference_answer",
    "step_count",
    "char_count",
    "content_hash",
    "prompt_hash",
    "meta",
)
SCORE = "score."


def trace_row(trace: Trace, fields: Sequence[str] | None = None) -> dict[str, Any]:
    """Returns a trace as a flat row: the steps are a list of texts, scores are columns ``score.NAME``.

    Args:
        fields: the columns; by default all of them, with those scorers that scored the trace.

    Raises:
        BadInput: a column is unknown.
    """
    if fields is None:
        scored = {f"{SCORE}{score.scorer}": score.score for score in trace.latest_scores if score.step_index is None}
        return {name: cell(trace, name) for name in COLUMNS} | scored
    return {name: cell(trace, name) for name in fields}


def cell(trace: Trace, name: str) -> Any:
    """Returns one column of a trace.

    Raises:
        BadInput: the column is unknown.
    """
    if name.startswith(SCORE):
        return trace.score_by(name.removeprefix(SCORE))
    if name not in COLUMNS:
        known = ", ".join([*COLUMNS, f"{SCORE}NAME"])
        raise BadInput(f"There is no column {name!r}; the columns are {known}.", code="BAD_USER_INPUT")
    if name == "steps":
        return [step.content for step in trace.steps]
    return getattr(trace, name)
