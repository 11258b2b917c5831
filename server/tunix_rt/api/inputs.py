"""Reading mutation inputs: GraphQL's spelling to the domain's, and errors to payloads."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from strawberry import UNSET

from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.errors import BadId, BadUserInput, ValidationErrors

IDS_MAX = 1000


def given(value: Any, default: Any = None) -> Any:
    """An optional input, or its default where it was not given."""
    return default if value is UNSET else value


def uuids_of(ids: Sequence[str], type_name: str, name: str) -> list[uuid.UUID]:
    """Ids as UUIDs, each once, in order.

    Raises:
        BadUserInput: there are none, or more than ``IDS_MAX``.
        Errors: one for each malformed id.
    """
    if not 1 <= len(ids) <= IDS_MAX:
        raise BadUserInput(f"{name} must have 1 to {IDS_MAX} ids; it has {len(ids)}.", [name])
    return list(dict.fromkeys(all_uuids_of(ids, type_name, name)))


def all_uuids_of(ids: Sequence[str], type_name: str, name: str) -> list[uuid.UUID]:
    """Ids as UUIDs, as often as they are given.

    Raises:
        Errors: one for each malformed id.
    """
    found: list[uuid.UUID] = []
    errors: list[BadId] = []
    for position, text in enumerate(ids):
        try:
            found.append(uuid_of(text, type_name, (name, position)))
        except BadId as error:
            errors.append(error)
    if errors:
        raise ValidationErrors(errors)
    return found
