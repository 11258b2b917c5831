"""The direction of an order, which all nouns share."""

from __future__ import annotations

import enum

import strawberry


@strawberry.enum(description="The direction of an order.")
class OrderDirection(enum.Enum):
    ASC = strawberry.enum_value("asc", description="From the least to the greatest.")
    DESC = strawberry.enum_value("desc", description="From the greatest to the least.")
