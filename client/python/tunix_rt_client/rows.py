"""Flat rows of traces, for data frames and tables: the fields that a page selects, and their conversion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import msgspec

from tunix_rt_client.errors import BadInput
from tunix_rt_client.inputs import camel

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
SCORES = "latestScores { scorer score stepIndex }"
SPREAD = "...TraceFields"
BAD = "BAD_USER_INPUT"


def lean_document(document: str, fields: Sequence[str] | None) -> str:
    """Returns the query of a page of traces that selects only what some columns need.

    Args:
        document: the query of a page of whole traces.
        fields: the columns; None for all of them.

    Raises:
        BadInput: a column is unknown, or there is none.
    """
    operation = document.partition("\n\nfragment ")[0]
    return operation.replace(SPREAD, selection_of(COLUMNS if fields is None else fields, fields is None))


def selection_of(fields: Sequence[str], scored: bool) -> str:
    """Returns the fields of the schema that some columns need.

    Args:
        scored: whether scores are selected although no column names a scorer.

    Raises:
        BadInput: a column is unknown, or there is none.
    """
    if isinstance(fields, str) or not fields:
        raise BadInput(f"fields must be a list of columns, such as ['prompt']; it is {fields!r}.", code=BAD)
    for name in fields:
        require_column(name)
    plain = [camel(name) if name != "steps" else "steps { content }" for name in fields if not is_score(name)]
    return " ".join([*plain, *([SCORES] if scored or any(map(is_score, fields)) else [])])


def require_column(name: str) -> None:
    """Checks that a column exists.

    Raises:
        BadInput: it does not; the message has the one that may be meant.
    """
    if name in COLUMNS or is_score(name):
        return
    meant = get_close_matches(re.sub(r"(?<!^)(?=[A-Z])", "_", str(name)).lower(), COLUMNS, n=1)
    hint = f" Did you mean {meant[0]!r}?" if meant else ""
    known = ", ".join([*COLUMNS, f"{SCORE}NAME"])
    raise BadInput(f"There is no column {name!r}.{hint} The columns are {known}.", code=BAD)


def is_score(name: str) -> bool:
    """Returns whether a column has the scores of a scorer."""
    return isinstance(name, str) and name.startswith(SCORE)


def node_row(node: Mapping[str, Any], fields: Sequence[str] | None = None) -> dict[str, Any]:
    """Returns a trace as a flat row: the steps are a list of strings, scores are columns ``score.NAME``.

    Args:
        node: what ``lean_document`` with the same columns selects of the trace.
        fields: the columns; None for all of them, with those scorers that scored the trace.
    """
    scored = {
        f"{SCORE}{score['scorer']}": score["score"]
        for score in node.get("latestScores", ())
        if score["stepIndex"] is None
    }
    if fields is None:
        return {name: cell(node, name) for name in COLUMNS} | scored
    return {name: scored.get(name) if is_score(name) else cell(node, name) for name in fields}


def cell(node: Mapping[str, Any], name: str) -> Any:
    """Returns one column of a trace."""
    value = node[camel(name)]
    if name == "steps":
        return [step["content"] for step in value]
    return msgspec.convert(value, datetime) if name == "created_at" else value
