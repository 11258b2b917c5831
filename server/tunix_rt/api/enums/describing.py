"""The registration of a domain's enum in the schema.

``strawberry.enum`` annotates the class itself, so that types and inputs can use the domain's enum, which the type
checker knows.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeVar

import strawberry

E = TypeVar("E", bound=enum.Enum)


def describe_enum(kind: type[E], name: str, description: str, members: Mapping[E, str]) -> None:
    """Registers an enum in the schema under a name.

    Raises:
        KeyError: a member has no description.
    """
    entered: type = strawberry.enum(kind, name=name, description=description)
    for value in entered.__dict__["__strawberry_definition__"].values:
        value.description = members[kind[value.name]]
