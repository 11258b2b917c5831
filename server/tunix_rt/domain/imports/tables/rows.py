"""Parses a row of a table to a trace that is not validated yet."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tunix_rt.domain.imports.formats.base import ParsedRecord, reasoning_steps
from tunix_rt.domain.imports.tables.columns import GROUP, REFERENCE, Bound, Split
from tunix_rt.domain.text import clip, decode_json
from tunix_rt.domain.traces.trace import steps_or_answer
from tunix_rt.domain.traces.validation import json_type
from tunix_rt.errors import BadUserInput

STEP_TYPE = "reasoning"
VERSION = "1.0"
PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n")


def parse_row(bound: Bound, values: Sequence[Any]) -> ParsedRecord:
    """Returns the trace of a row.

    Args:
        values: the values of the columns ``bound.names``, in that order: strings, or Parquet's values in Python.

    Raises:
        BadUserInput: the steps cannot be split, or JSON cannot represent a value.
    """
    fields = {name: values[position] for name, position in bound.positions.items()}
    answer = as_text(fields["final_answer"])
    has_steps = bound.split is not Split.NONE
    trace = {
        "trace_version": as_text(fields.get("trace_version")) or bound.constants.get("trace_version", VERSION),
        "prompt": as_text(fields["prompt"]),
        "final_answer": answer,
        "steps": steps_of(fields["steps"], bound.split) if has_steps else steps_or_answer(None, answer),
        "meta": meta_of(bound, fields, values) or None,
    }
    external_id, reference, group = (optional_text(fields, name) for name in ("external_id", REFERENCE, GROUP))
    return ParsedRecord(trace, external_id, (), reference, group)


def optional_text(fields: Mapping[str, Any], name: str) -> str | None:
    """Returns a cell's text; None if the cell is empty or there is no such column.

    Raises:
        BadUserInput: the value is not a string, number, time or truth value.
    """
    text = as_text(fields.get(name))
    if not isinstance(text, str | None):
        raise BadUserInput(f"{name} must be a string, not {json_type(text)}.", [name])
    return text or None


def as_text(value: Any) -> Any:
    """Returns a number or a time as text and NaN as None; any other value unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (int, float, Decimal, uuid.UUID, timedelta)) else value


def steps_of(value: Any, split: Split) -> Any:
    """Returns the steps of a cell: a text is split, a list has one step per item."""
    if not isinstance(value, str):
        return step_list(value) if isinstance(value, list) else value
    if split is Split.JSON:
        return step_list(json_cell(value, "steps"))
    parts = value.splitlines() if split is Split.LINES else PARAGRAPH_END.split(value)
    return reasoning_steps(part.strip() for part in parts if part.strip())


def step_list(value: Any) -> list[Any]:
    """Returns the steps of a list of strings, or of objects with ``content`` and optional ``type`` and ``i``.

    Raises:
        BadUserInput: the value is not a list.
    """
    if not isinstance(value, list):
        raise BadUserInput("steps must be a list of strings or of steps.", ["steps"])
    return [
        {"i": index, "type": STEP_TYPE}
        | {name: part if name == "i" else as_text(part) for name, part in item.items() if part is not None}
        if isinstance(item, dict)
        else {"i": index, "type": STEP_TYPE, "content": as_text(item)}
        for index, item in enumerate(value)
    ]


def json_cell(text: str, name: str) -> Any:
    """Decodes a cell's JSON; returns None if the cell is empty.

    Raises:
        BadUserInput: the text is not JSON.
    """
    if not text.strip():
        return None
    try:
        return decode_json(text)
    except BadUserInput as error:
        raise BadUserInput(f"{name}: {error.message}", [name]) from None


def meta_of(bound: Bound, fields: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
    """Returns a row's metadata: the object of the column ``meta``, then the other columns, then the constants.

    Raises:
        BadUserInput: JSON cannot represent a value, or the column ``meta`` is not an object.
    """
    meta = whole_meta(fields.get("meta"))
    for name, position in bound.meta.items():
        if not is_empty(value := as_json(values[position], name)):
            meta[name] = value
    if not is_empty(source := as_text(fields.get("source"))):
        meta["source"] = source
    for name, text in bound.constants.items():
        if name != "trace_version":
            meta[name.removeprefix("meta.")] = text
    return meta


def whole_meta(value: Any) -> dict[str, Any]:
    """Returns the object in a cell, given as a value or as JSON text; raises as ``meta_of`` does."""
    found = json_cell(value, "meta") if isinstance(value, str) else as_json(value, "meta")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadUserInput("meta must be an object.", ["meta"])
    return found


def is_empty(value: Any) -> bool:
    """Returns whether a cell is empty."""
    return value is None or value == ""


def as_json(value: Any, name: str) -> Any:
    """Returns a Parquet value as a JSON value: times and decimals as strings, NaN as null.

    Raises:
        BadUserInput: JSON cannot represent the value.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, uuid.UUID, timedelta)):
        return str(value)
    if isinstance(value, dict):
        return {str(key): as_json(inner, name) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner, name) for inner in value]
    raise BadUserInput(
        f"The column {clip(name)!r} holds {type(value).__name__}, which JSON cannot.", ["meta", clip(name)]
    )
