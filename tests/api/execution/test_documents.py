"""Documents are remembered, but never more of them than fit."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tunix_rt.api.execution.documents import (
    LARGEST_REMEMBERED_CHARS,
    READ_AT_ONCE_CHARS,
    REMEMBERED_CHARS,
    Documents,
)
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.errors import TooCostly
from tunix_rt.settings import Settings

LIMITS = Limits.of(Settings())
SCHEMA = build_schema(LIMITS)._schema


def padded(number: int, chars: int) -> str:
    """A document of that many characters, unlike those of other numbers."""
    return f"query Q{number} {{ __typename }}".ljust(chars, "#")


def test_a_document_is_read_once():
    documents = Documents(LIMITS)
    first = documents.get(SCHEMA, "{ __typename }")

    assert documents.get(SCHEMA, "{ __typename }") is first
    assert first.errors == []


def test_a_large_document_is_read_each_time():
    documents = Documents(LIMITS)
    large = padded(0, LARGEST_REMEMBERED_CHARS + 1)

    assert documents.get(SCHEMA, large) is not documents.get(SCHEMA, large)


def test_those_least_recently_used_are_forgotten_for_those_that_come():
    documents = Documents(LIMITS)
    fitting = REMEMBERED_CHARS // LARGEST_REMEMBERED_CHARS
    known = [documents.get(SCHEMA, padded(number, LARGEST_REMEMBERED_CHARS)) for number in range(fitting)]
    assert documents.get(SCHEMA, padded(0, LARGEST_REMEMBERED_CHARS)) is known[0]

    documents.get(SCHEMA, padded(fitting, LARGEST_REMEMBERED_CHARS))

    assert documents.get(SCHEMA, padded(0, LARGEST_REMEMBERED_CHARS)) is known[0]
    assert documents.get(SCHEMA, padded(1, LARGEST_REMEMBERED_CHARS)) is not known[1]


async def turns_while(reading: asyncio.Task[object]) -> int:
    """Returns how many turns the event loop has until a task is done."""
    turns = 0
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    return turns


@pytest.mark.parametrize("chars", [READ_AT_ONCE_CHARS + 1, LARGEST_REMEMBERED_CHARS + 1])
async def test_a_document_that_takes_long_leaves_the_event_loop_its_turns(chars: int):
    documents = Documents(LIMITS)

    assert await turns_while(asyncio.create_task(documents.read(SCHEMA, padded(0, READ_AT_ONCE_CHARS)))) == 1
    reading = asyncio.create_task(documents.read(SCHEMA, padded(1, chars)))
    assert await turns_while(reading) > 1
    assert reading.result().errors == []


async def test_what_was_read_in_a_thread_is_remembered_too():
    documents = Documents(LIMITS)
    query = padded(0, LARGEST_REMEMBERED_CHARS)

    assert await documents.read(SCHEMA, query) is documents.get(SCHEMA, query)


async def test_a_document_of_too_many_characters_is_not_read():
    documents = Documents(LIMITS)
    query = "{".ljust(LIMITS.max_query_chars + 1)

    document = await documents.read(SCHEMA, query)

    assert document.node is None
    assert [error.message for error in document.errors] == [
        "A document may have at most 1000000 characters; this one has 1000001."
    ]


@pytest.mark.parametrize(
    "query",
    [
        "{ traces { " + "nodes { id } " * 2_400 + "} }",
        "{ " + "__typename " * 9_900 + "}",
    ],
)
def test_a_document_that_takes_too_many_comparisons_is_refused_with_a_code(query: str):
    (error,) = Documents(LIMITS).get(SCHEMA, query).errors

    assert isinstance(error.original_error, TooCostly)
    assert error.message == "The document repeats too many fields or fragments; request each field once."


def test_schemas_with_other_limits_share_what_was_collected_from_the_types():
    first, second = (build_schema(limits) for limits in (LIMITS, replace(LIMITS, max_query_cost=1)))

    assert first._schema is not second._schema
    assert first._schema.type_map is second._schema.type_map
    assert first.documents._scope_rules(first._schema) is second.documents._scope_rules(second._schema)
    assert first._schema._strawberry_schema is first  # type: ignore[attr-defined]
