"""Arguments in Python's spelling as inputs of the schema."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tunix_rt_client.errors import BadInput

Order = str | Sequence["str | Mapping[str, Any]"] | None


def order_by_of(order: Order) -> list[dict[str, Any]] | None:
    """Returns an order as the schema's inputs.

    A name with a slash is a metric, as of runs; a minus before a name means descending.

    Raises:
        BadInput: it is neither a name nor a list.
    """
    if order is None:
        return None
    if not isinstance(order, (str, Sequence)):
        raise BadInput(
            f"order_by must be a field's name or a list of them; it is {order!r}.",
            code="BAD_USER_INPUT",
            path=["order_by"],
        )
    return [order_input(one) for one in ([order] if isinstance(order, str) else order)]


def order_input(order: str | Mapping[str, Any]) -> dict[str, Any]:
    """Returns one order: ``-charCount`` is ``{field: CHAR_COUNT, direction: DESC}``."""
    if not isinstance(order, str):
        return dict(order)
    name, direction = order.removeprefix("-"), "DESC" if order.startswith("-") else "ASC"
    if "/" in name:
        return {"field": "METRIC", "metric": name, "direction": direction}
    return {"field": re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper(), "direction": direction}


def trace_reference(id: str | tuple[str, str]) -> dict[str, str]:
    """Returns the arguments that name a trace.

    Args:
        id: its id, its UUID, or its source and external id.

    Raises:
        BadInput: it is neither a string nor a pair of strings.
    """
    if isinstance(id, str):
        return {"id": id}
    if isinstance(id, (tuple, list)) and len(id) == 2 and all(isinstance(part, str) for part in id):
        return {"source": id[0], "externalId": id[1]}
    raise BadInput(
        f"id must be a trace's id, its UUID, or the pair of its source and external id; it is {id!r}.",
        code="BAD_USER_INPUT",
        path=["id"],
    )


def run_input(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns keyword arguments as fields of ``StartRunInput``, nested ones too."""
    return {camel(name): run_input(value) if isinstance(value, Mapping) else value for name, value in given.items()}


def input_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns keyword arguments as fields of an input of the schema; their values stay as they are."""
    return {camel(name): value for name, value in given.items()}


def metric_inputs(metrics: Mapping[str, float], step: int | None) -> list[dict[str, Any]]:
    """Returns values of metrics at a step as inputs of the schema.

    Raises:
        BadInput: there are values, but no step.
    """
    if metrics and step is None:
        raise BadInput("Metrics need the step at which they were measured.", code="BAD_USER_INPUT", path=["step"])
    return [{"name": name, "step": step, **number_input(float(value))} for name, value in metrics.items()]


def number_input(value: float) -> dict[str, Any]:
    """Returns a number as an input: JSON has no NaN and no infinity, so these are named."""
    if math.isfinite(value):
        return {"value": value}
    return {"kind": "NAN" if math.isnan(value) else "POSITIVE_INFINITY" if value > 0 else "NEGATIVE_INFINITY"}


def camel(name: str) -> str:
    """Returns a name in the schema's spelling: ``learning_rate`` is ``learningRate``."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
