"""Plans detect values that the schema does not allow, and leave their errors to the reference executor."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from tunix_rt.api.context import Context
from tunix_rt.api.execution.documents import Document
from tunix_rt.api.execution.executor import PlanningExecutor
from tunix_rt.api.lists.fields import batched_field


@strawberry.enum
class Colour(enum.Enum):
    RED = "red"


@strawberry.type
class Inner:
    number: int


@dataclass
class Request:
    """The part of a context that executors and batched fields use."""

    document: Document = field(default_factory=lambda: Document(None, []))
    loaders: dict[Any, Any] = field(default_factory=dict)
    loader = Context.loader


async def batch(found: list[Any], _: Any) -> list[Any]:
    """Returns the value that each row has been given to fetch."""
    return [row.to_fetch for row in found]


@strawberry.type
class Row:
    text: str
    maybe: str | None
    colour: Colour
    numbers: list[int]
    gaps: list[int | None]
    colours: list[Colour]
    inner: Inner
    inners: list[Inner]
    outer: Inner | None
    to_fetch: strawberry.Private[Any]
    fetched: Inner = batched_field(batch, Inner, "Fetched.")


GOOD: dict[str, Any] = {
    "text": "t",
    "maybe": None,
    "colour": Colour.RED,
    "numbers": [1, 2],
    "gaps": [1, None],
    "colours": [Colour.RED],
    "inner": Inner(number=1),
    "inners": [Inner(number=2)],
    "outer": None,
    "to_fetch": Inner(number=3),
}
ROWS: list[Row] = []


def rows() -> list[Row]:
    """The rows of a test."""
    return ROWS


@strawberry.type
class Query:
    rows: list[Row] = strawberry.field(resolver=rows)


PLANNED = strawberry.Schema(Query, execution_context_class=PlanningExecutor)
REFERENCE = strawberry.Schema(Query, execution_context_class=StrawberryGraphQLCoreExecutionContext)
EVERYTHING = """
{
  rows {
    text maybe colour numbers gaps colours
    inner { number } inners { number } outer { number } fetched { number }
  }
}
"""
PLAIN = EVERYTHING.replace("fetched { number }", "")


async def answer(schema: strawberry.Schema, *found: dict[str, Any], query: str = EVERYTHING) -> tuple[Any, list[Any]]:
    """The data and the errors of a query of these rows."""
    ROWS[:] = [Row(**row) for row in found]
    request = Request()
    result = await schema.execute(query, context_value=request)
    assert request.document.plans or schema is REFERENCE, "no plan was used"
    return result.data, [error.formatted for error in result.errors or ()]


async def test_what_the_schema_allows_is_answered():
    data, errors = await answer(PLANNED, GOOD, GOOD)

    assert errors == []
    assert data["rows"][1]["gaps"] == [1, None]
    assert data["rows"][1]["maybe"] is None
    assert (data, errors) == await answer(REFERENCE, GOOD, GOOD)


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("text", None, ["rows", 1, "text"]),
        ("colour", None, ["rows", 1, "colour"]),
        ("numbers", None, ["rows", 1, "numbers"]),
        ("numbers", [1, None], ["rows", 1, "numbers", 1]),
        ("gaps", None, ["rows", 1, "gaps"]),
        ("colours", [None], ["rows", 1, "colours", 0]),
        ("inner", None, ["rows", 1, "inner"]),
        ("inner", Inner(number=None), ["rows", 1, "inner", "number"]),  # type: ignore[arg-type]
        ("inners", None, ["rows", 1, "inners"]),
        ("inners", [Inner(number=1), None], ["rows", 1, "inners", 1]),
        ("to_fetch", None, ["rows", 1, "fetched"]),
        ("outer", Inner(number=None), None),  # type: ignore[arg-type]
    ],
)
async def test_a_null_that_the_schema_does_not_allow_is_reported(name: str, value: Any, path: list[Any] | None):
    for query in (EVERYTHING,) if name == "to_fetch" else (EVERYTHING, PLAIN):
        data, errors = await answer(PLANNED, GOOD, GOOD | {name: value}, query=query)

        assert (data, errors) == await answer(REFERENCE, GOOD, GOOD | {name: value}, query=query)
        (error,) = errors
        assert error["message"].startswith("Cannot return null for non-nullable field")
        if path is not None:
            assert data is None
            assert error["path"] == path
