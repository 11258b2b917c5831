"""Names that no object has, and the existing names that may be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Select, select

from tunix_rt.db.models import api_keys, datasets, evaluations, protected_sets, rubrics, tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.text import clip, text_error
from tunix_rt.errors import NotFound, PathPart, TunixRtError, errors_of
from tunix_rt.suggestions import NAME_MAX_CHARS, did_you_mean

ADJACENT = 50
"""Number of names before and after a misspelt one, in alphabetical order, that are compared with it."""
NEWEST = 200
"""Number of newest objects whose names are compared with a misspelt one: its first letter may be wrong."""

NAMES: Mapping[str, Column[Any]] = {
    "dataset": datasets.c.key,
    "evaluation": evaluations.c.name,
    "key": api_keys.c.name,
    "protected set": protected_sets.c.name,
    "rubric": rubrics.c.name,
    "run": tunix_runs.c.output_name,
}
"""The nouns whose objects have a unique name, and its column."""


class UnknownName(NotFound):
    """No object has a name.

    Its message has no suggestions until they are added for a client that may read the names of the others.

    Args:
        noun: the kind of object, see ``NAMES``.
        advice: what to do, as the rest of the message.
    """

    def __init__(self, noun: str, name: str, path: Sequence[PathPart] = (), advice: str = ".") -> None:
        super().__init__(f"There is no {noun} {clip(name, NAME_MAX_CHARS)!r}{advice}", path)
        self.noun, self.name = noun, name
        self.is_advised = False


def unknown_names(error: TunixRtError) -> list[UnknownName]:
    """Returns the errors about unknown names whose messages have no suggestions yet."""
    return [one for one in errors_of(error) if isinstance(one, UnknownName) and not one.is_advised]


async def add_suggestions(session: Session, error: TunixRtError) -> None:
    """Adds the existing names that are similar to an unknown one to the messages of an error.

    It reads at most 300 names of each kind, by indexes, however many there are.
    """
    for one in unknown_names(error):
        one.is_advised = True
        if text_error(one.name) is None:
            one.message += did_you_mean(one.name, await names_near(session, NAMES[one.noun], one.name))


async def names_near(session: Session, column: Column[Any], name: str) -> list[str]:
    """Returns the names before and after one in alphabetical order, and the names of the newest objects."""
    found: dict[str, None] = {}
    for query in nearby(column, name):
        found.update(dict.fromkeys(value for value in (await session.execute(query)).scalars() if value is not None))
    return list(found)


def nearby(column: Column[Any], name: str) -> Iterator[Select[Any]]:
    """Yields the queries for the names near one, each served by an index. Ids are in the order of creation."""
    names = select(column)
    yield names.where(column < name).order_by(column.desc()).limit(ADJACENT)
    yield names.where(column > name).order_by(column).limit(ADJACENT)
    yield names.order_by(column.table.c.id.desc()).limit(NEWEST)
