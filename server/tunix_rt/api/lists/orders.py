"""The direction of an order, shared by all nouns."""

from __future__ import annotations

import enum

import strawberry


@strawberry.enum(description="Sort direction.")
class OrderDirection(enum.Enum):
    ASC = strawberry.enum_value("asc", description="Ascending: smallest, earliest or alphabetically first value first.")
    DESC = strawberry.enum_value("desc", description="Descending: largest, latest or alphabetically last value first.")
