"""Rubrics in GraphQL: the type and its orders."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import msgspec
import strawberry

from tunix_rt.api.filtering.rubrics import RubricWhere
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, as_value, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.db.models import rubrics
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.rubrics import RUBRICS
from tunix_rt.domain.rubrics.rubric import Criterion


@strawberry.type(description="A score that a reviewer can choose.")
class RubricChoice:
    value: float = strawberry.field(description="The score.")
    label: str = strawberry.field(description="Label of the button.")
    key: str = strawberry.field(description="Keyboard key that selects the score: one character.")


@strawberry.type(description="The range of the scores of a criterion.")
class RubricScale:
    min: float = strawberry.field(description="Lowest score.")
    max: float = strawberry.field(description="Highest score.")
    choices: list[RubricChoice] = strawberry.field(
        description="The scores to choose from, in order; empty if a reviewer enters a number."
    )


@strawberry.type(description="A criterion of a rubric: what is scored, and how.")
class RubricCriterion:
    scorer: str = strawberry.field(description="Name that the scores are stored under (`Score.scorer`).")
    label: str = strawberry.field(description="Label of the criterion.")
    scale: RubricScale = strawberry.field(description="Range of the scores.")
    per_step: bool = strawberry.field(description="Whether each step is scored instead of the whole trace.")


@strawberry.type(
    description="A rubric for reviews: the criteria by which people score traces. Immutable, so that scores by it stay "
    "comparable."
)
class Rubric(Node):
    name: str = strawberry.field(description="Unique name of the rubric.")
    criteria: list[RubricCriterion] = strawberry.field(description="Criteria in the order of review.")
    created_at: datetime = strawberry.field(description="When the rubric was stored.")


def criteria_of(stored: Any) -> list[RubricCriterion]:
    """Converts stored criteria."""
    return [criterion_of(one) for one in msgspec.convert(stored, list[Criterion])]


def criterion_of(one: Criterion) -> RubricCriterion:
    """Converts one criterion."""
    choices = [RubricChoice(value=found.value, label=found.label, key=found.key) for found in one.scale.choices]
    scale = RubricScale(min=one.scale.min, max=one.scale.max, choices=choices)
    return RubricCriterion(scorer=one.scorer, label=one.label, scale=scale, per_step=one.per_step)


RUBRIC_SHAPE = Shape(
    make=Rubric,
    table=rubrics,
    sources=node_sources("Rubric", rubrics.c.id)
    | {
        "name": rubrics.c.name,
        "criteria": as_value(rubrics.c.criteria, criteria_of),
        "createdAt": rubrics.c.created_at,
    },
)


@strawberry.enum(description="Fields that rubrics can be sorted by.")
class RubricOrderField(enum.Enum):
    NAME = strawberry.enum_value("name", description="Name of the rubric.")
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of rubrics.")
class RubricOrder:
    field: RubricOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


RUBRIC_LIST = Listing(
    name="Rubric",
    shape=RUBRIC_SHAPE,
    identity=rubrics.c.id,
    filterable=RUBRICS,
    where=RubricWhere,
    order=RubricOrder,
    default=(Term(rubrics.c.name, descending=False),),
)
