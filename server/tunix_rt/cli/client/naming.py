"""Suggestions for names that do not exist: keys of datasets, names of runs and evaluations, scorers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.errors import NotFound, TunixRtError, errors_of
from tunix_rt.suggestions import did_you_mean

NEWEST = "(first: 500, orderBy: [{field: CREATED_AT, direction: DESC}])"
UNKNOWN = re.compile(r"There is no (?P<noun>dataset|run|evaluation|scorer) '(?P<name>[^']+)'\.")
NAMES: Mapping[str, tuple[str, str]] = {
    "dataset": (f"{{ datasets{NEWEST} {{ nodes {{ key }} }} }}", "key"),
    "run": (f"{{ runs{NEWEST} {{ nodes {{ outputName }} }} }}", "outputName"),
    "evaluation": (f"{{ evaluations{NEWEST} {{ nodes {{ name }} }} }}", "name"),
    "scorer": ("{ scorers { name } }", "name"),
}
"""For each noun, the query for the names of its newest objects, and their field."""


def names_unknown(error: TunixRtError) -> bool:
    """Returns whether an error is about a name that does not exist, for which there may be suggestions."""
    return any(UNKNOWN.fullmatch(single.message) for single in errors_of(error))


async def with_suggestions(client: OperationClient, error: TunixRtError) -> None:
    """Adds the existing names that are similar to an unknown one to the messages of an error."""
    for single in errors_of(error):
        found = UNKNOWN.fullmatch(single.message)
        if found:
            single.message += did_you_mean(found["name"], await names_of(client, found["noun"]))


async def names_of(client: OperationClient, noun: str) -> list[str]:
    """Returns the names of the newest objects; none if they cannot be read."""
    document, field = NAMES[noun]
    try:
        found = await call(client, document)
    except TunixRtError:
        return []
    rows = found["nodes"] if isinstance(found, dict) else found
    return [row[field] for row in rows if row[field] is not None]


def not_found(noun: str, name: str) -> NotFound:
    """Returns the error for an object that a query did not find."""
    return NotFound(f"There is no {noun} {name!r}.")
