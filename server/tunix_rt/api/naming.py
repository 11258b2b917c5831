"""Names of objects: arguments accept an object's id, its uuid, and its key or name if it has one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column

from tunix_rt.api.context import Context
from tunix_rt.db.by_id import id_where
from tunix_rt.db.session import Database
from tunix_rt.domain.audit.recording import note_objects
from tunix_rt.domain.global_ids import is_identity, uuid_of
from tunix_rt.domain.keys.grant import Grant
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.names.unknown import NAMES as UNIQUE_NAMES
from tunix_rt.domain.names.unknown import UnknownName, add_suggestions, unknown_names
from tunix_rt.domain.text import text_error
from tunix_rt.errors import PathPart, TunixRtError

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
NAMES: Mapping[str, Column[Any]] = {type_name: UNIQUE_NAMES[noun] for type_name, noun in NOUNS.items()}
"""The types whose objects have a unique name in addition to their id, and its column."""


def ways_to_name(type_name: str) -> str:
    """Returns the ways to name an object of a type, for descriptions."""
    name = NAME_FIELDS.get(type_name)
    return "its `id` or `uuid`" if name is None else f"its `id`, `uuid` or `{name}`"


async def row_id(context: Context, text: str, type_name: str, path: Sequence[PathPart] = ("id",)) -> uuid.UUID:
    """Returns the UUID of the object that a text names. It does not check that the object of an id exists.

    Raises:
        BadId: the text is an id of another type, or malformed for a type without names.
        UnknownName: no object has that name; the message has similar names.
    """
    found = await find_row_id(context, text, type_name, path)
    if found is None:
        error = UnknownName(NOUNS[type_name], text, path)
        await suggest_names(context.database, context.grant, error)
        raise error
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


async def suggest_names(database: Database, grant: Grant | None, error: TunixRtError) -> None:
    """Adds similar names to the errors about unknown names, if the client may read the names of such objects.

    Args:
        grant: the permissions of the client; None if it has none, as with the token of an attempt.
    """
    needed = {KeyScope.ADMIN if one.noun == NOUNS["ApiKey"] else KeyScope.READ for one in unknown_names(error)}
    if needed and grant is not None and needed <= grant.scopes:
        async with database.read() as session:
            await add_suggestions(session, error)
