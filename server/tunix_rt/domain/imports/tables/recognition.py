"""Recognises the columns of a table by usual names, for a column map that is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tunix_rt.domain.imports.tables.columns import REQUIRED, ColumnMap, Split

STEPS = "steps"
USUAL_NAMES: Mapping[str, Sequence[str]] = {
    "prompt": ("prompt", "question", "problem", "query", "instruction", "input"),
    STEPS: ("steps", "reasoning", "rationale", "solution", "thinking", "chain_of_thought", "cot", "explanation"),
    "final_answer": ("final_answer", "answer", "result", "target", "completion", "response", "output"),
}
"""From the required fields to the usual names of their columns, the likeliest first."""


def is_complete(columns: Iterable[str]) -> bool:
    """Returns whether columns have the names of all required fields, so that a table needs no column map."""
    return {*REQUIRED} <= {*columns}


def recognised_map(map_: ColumnMap, columns: Sequence[str]) -> ColumnMap | None:
    """Returns a column map for columns with usual names, in upper or lower case; None without prompt or answer.

    A table of answers without a column of steps has no steps: a solution that no answer follows is the answer.

    Args:
        map_: has the other options.
    """
    by_lower = {name.strip().lower(): name for name in reversed(columns)}
    found = {
        field: by_lower[name]
        for field, names in USUAL_NAMES.items()
        if (name := next((name for name in names if name in by_lower), None))
    }
    if "final_answer" not in found and STEPS in found:
        found["final_answer"] = found.pop(STEPS)
    if not {"prompt", "final_answer"} <= found.keys():
        return None
    split = map_.split if STEPS in found else Split.NONE
    return replace(map_, columns={field: found[field] for field in REQUIRED if field in found}, split=split)


def map_options(map_: ColumnMap, separator: str) -> list[str]:
    """Returns the parts of a column map that differ from the columns' own names: ``prompt=question``."""
    return [f"{field}{separator}{column}" for field, column in map_.columns.items() if field != column]
