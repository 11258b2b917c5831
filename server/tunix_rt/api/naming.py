"""Names of objects: arguments accept an object's id, its uuid, and its key or name if it has one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column

from tunix_rt.api.context import Context
from tunix_rt.db.by_id import id_where
from tunix_rt.db.models import api_keys, datasets, evaluations, protected_sets, rubrics, tunix_runs
from tunix_rt.domain.audit.recording import note_objects
from tunix_rt.domain.global_ids import ID_MAX_CHARS, is_identity, uuid_of
from tunix_rt.domain.text import clip, text_error
from tunix_rt.errors import NotFound, PathPart

NAMES: Mapping[str, Column[Any]] = {
    "ApiKey": api_keys.c.name,
    "Dataset": datasets.c.key,
    "Evaluation": evaluations.c.name,
    "ProtectedSet": protected_sets.c.name,
    "Rubric": rubrics.c.name,
    "Run": tunix_runs.c.output_name,
}
"""The types whose objects have a unique name in addition to their id, and its column."""
NAME_FIELDS: Mapping[str, str] = {
    "ApiKey": "name",
    "Dataset": "key",
    "Evaluation": "name",
    "ProtectedSet": "name",
    "Rubric": "name",
    "Run": "outputName",
}
"""The fields with these names."""
NOUNS: Mapping[str, str] = {
    "ApiKey": "key",
    "Dataset": "dataset",
    "Evaluation": "evaluation",
    "ProtectedSet": "protected set",
    "Rubric": "rubric",
    "Run": "run",
}


def ways_to_name(type_name: str) -> str:
    """Returns the ways to name an object of a type, for descriptions."""
    name = NAME_FIELDS.get(type_name)
    return "its `id` or `uuid`" if name is None else f"its `id`, `uuid` or `{name}`"


async def row_id(context: Context, text: str, type_name: str, path: Sequence[PathPart] = ("id",)) -> uuid.UUID:
    """Returns the UUID of the object that a text names. It does not check that the object of an id exists.

    Raises:
        BadId: the text is an id of another type, or malformed for a type without names.
        NotFound: no object has that name.
    """
    found = await find_row_id(context, text, type_name, path)
    if found is None:
        raise NotFound(f"There is no {NOUNS[type_name]} {clip(text, ID_MAX_CHARS)!r}.", path)
    if tuple(path) == ("id",):  # the object of a mutation; others only refer to it
        note_objects(type_name, [found])
    return found


async def find_row_id(
    context: Context, text: str, type_name: str, path: Sequence[PathPart] = ("id",)
) -> uuid.UUID | None:
    """Returns the same as ``row_id``, but None for a name that no object has."""
    column = NAMES.get(type_name)
    if column is None or is_identity(text):
        return uuid_of(text, type_name, tuple(path))
    if text_error(text) is not None:
        return None
    async with context.database.read() as session:
        return await id_where(session, column, text)
