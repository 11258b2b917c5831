"""Options that select and sort objects: ``--where``, ``--order`` and ``--limit``, and those for traces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tunix_rt.errors import BadUserInput

F = TypeVar("F", bound=Callable[..., Any])
STATUSES = ("PENDING", "RUNNING", "COMPLETED", "FAILED", "TIMEOUT", "CANCELLED")
"""The statuses of jobs, ``JobStatus`` in the schema, here without the imports that it needs."""
LIMIT = 20
LIMIT_MAX = 1_000_000


def limit_option(noun: str) -> Callable[[F], F]:
    """Returns a decorator that adds ``--limit`` to a command."""
    return click.option(
        "--limit",
        type=click.IntRange(1, LIMIT_MAX),
        default=LIMIT,
        show_default=True,
        help=f"Maximum number of {noun}.",
    )


def where_option(noun: str, type_name: str) -> Callable[[F], F]:
    """Returns a decorator that adds ``--where`` to a command."""
    article = "an" if type_name[0] in "AEIOU" else "a"
    return click.option(
        "--where", metavar="JSON", help=f"Filter of the {noun}: {article} {type_name} of the API as JSON."
    )


def order_option(default: str) -> Callable[[F], F]:
    """Returns a decorator that adds ``--order`` to a command."""
    return click.option(
        "--order",
        multiple=True,
        metavar="FIELD[:asc|desc]",
        help=f"Order, such as {default}; may be repeated.",
    )


def trace_filter_options(function: F) -> F:
    """Adds ``--where``, ``--source`` and ``--search`` to a command; ``trace_filter`` combines them."""
    options = (
        where_option("traces", "TraceWhere"),
        click.option("--source", help="Only traces of this source."),
        click.option("--search", metavar="WORDS", help="Only traces that contain these words."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def trace_filter(where: str | None, source: str | None, search: str | None) -> dict[str, Any] | None:
    """Returns the ``TraceWhere`` of the options; None if there are none.

    Raises:
        BadUserInput: ``--where`` is not a JSON object.
    """
    parts = [
        *([json_object(where, "--where")] if where is not None else []),
        *([{"source": {"eq": source}}] if source is not None else []),
        *([{"search": search}] if search is not None else []),
    ]
    return {"and": parts} if len(parts) > 1 else parts[0] if parts else None


def filter_of(where: str | None, **equal: Any) -> dict[str, Any] | None:
    """Returns a filter: ``--where`` and fields that equal a value, without those whose value is None."""
    parts = [json_object(where, "--where")] if where is not None else []
    parts += [{name: {"eq": value}} for name, value in equal.items() if value is not None]
    return {"and": parts} if len(parts) > 1 else parts[0] if parts else None


def json_object(text: str, option: str) -> dict[str, Any]:
    """Parses the value of an option; raises as ``trace_filter`` does."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadUserInput(f"{option} must be JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadUserInput(f'{option} must be a JSON object, such as {{"source": {{"eq": "gsm8k"}}}}.')
    return value


def order_of(texts: tuple[str, ...], time: str = "CREATED_AT", *, metrics: bool = False) -> list[dict[str, str]]:
    """Returns the value of ``orderBy`` for the values of ``--order``; without any, the newest first.

    Args:
        time: the field of the time by which objects are new.
        metrics: whether a field with a slash is the name of a metric.

    Raises:
        BadUserInput: a direction is neither ``asc`` nor ``desc``.
    """
    return [one_order(text, metrics=metrics) for text in texts] or [{"field": time, "direction": "DESC"}]


def one_order(text: str, *, metrics: bool) -> dict[str, str]:
    """Returns one order; arguments and errors as ``order_of``."""
    field, _, direction = text.partition(":")
    word = (direction or "asc").upper()
    if word not in {"ASC", "DESC"}:
        raise BadUserInput(f"--order must be FIELD, FIELD:asc or FIELD:desc; it is {text!r}.")
    if metrics and "/" in field:
        return {"field": "METRIC", "metric": field.strip(), "direction": word}
    return {"field": field.strip().upper().replace("-", "_"), "direction": word}
