"""Every message about bad input spells fields as the schema does, whatever field of whatever mutation it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
)

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.no_worker import settings
from tests.support.traces import CREATE_DATASET, UNKNOWN_UUID, on_sqlite, trace_input
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.settings import Settings

__all__ = ["settings"]

SCHEMA = build_schema(Limits.of(Settings()))._schema
DEPTH = 3
PLAUSIBLE: dict[str, Any] = {
    "ID": UNKNOWN_UUID,
    "String": "s",
    "Int": 1,
    "BigInt": 1,
    "Float": 1.0,
    "Boolean": False,
    "JSON": {},
}
BAD: dict[str, list[Any]] = {
    "ID": ["", "no such thing", "a\0b", "VXNlcjowMTg5MGE1ZC1hYzk2LTc3NGItYmNjZS1iMzAyMDk5YTgwNTc"],
    "String": ["", "a\0b", "../x\n", "(", "x" * 60_000],
    "Int": [-1, 0, 2**31 - 1],
    "BigInt": [-1, 2**62],
    "Float": [-1.0, 0.0, 1e300],
    "Boolean": [True],
    "JSON": [1, {"a_b": "a\0b"}, {"source": 5}],
}
OWN_WORDS = re.compile(r"(?<!\w)'(?:[^'\\]|\\.)*'|\"[^\"]*\"|`[^`]*`|\{\w+\}|\b(meta|details)\.[\w.\[\]]+")
"""What users have written or named: it stays as it is."""
SNAKE = re.compile(r"\b[a-z]+(_[a-z]+)+\b")


def plausible(kind: Any) -> Any:
    """A value that is right as far as its type goes."""
    nullable = get_nullable_type(kind)
    if isinstance(nullable, GraphQLList):
        return [plausible(nullable.of_type)]
    if isinstance(nullable, GraphQLInputObjectType):
        return {
            name: plausible(field.type) for name, field in nullable.fields.items() if is_required_input_field(field)
        }
    if isinstance(nullable, GraphQLEnumType):
        return next(iter(nullable.values))
    return PLAUSIBLE[nullable.name]


def spoilt(kind: Any, depth: int = DEPTH) -> Iterator[Any]:
    """Values of a type with one thing wrong in each."""
    nullable = get_nullable_type(kind)
    if isinstance(nullable, GraphQLList):
        yield []
        yield from ([value] for value in spoilt(nullable.of_type, depth))
    elif isinstance(nullable, GraphQLInputObjectType):
        good = plausible(nullable)
        for name, field in nullable.fields.items() if depth else ():
            yield from (good | {name: value} for value in spoilt(field.type, depth - 1))
    elif isinstance(nullable, GraphQLEnumType):
        yield from nullable.values
    else:
        yield from BAD.get(nullable.name, ())


def messages(body: dict[str, Any]) -> Iterator[str]:
    """Every message in an answer."""
    yield from (error["message"] for error in body.get("errors", ()))
    for payload in (body.get("data") or {}).values():
        yield from (error["message"] for error in (payload or {}).get("errors", ()))


@pytest.mark.parametrize("name", sorted(SCHEMA.mutation_type.fields))  # type: ignore[union-attr]
@on_sqlite
async def test_mutations(graphql: Execute, ask: Ask, store: Store, name: str):
    await store(trace_input())
    await ask(CREATE_DATASET, input={"name": "d", "version": "1"})
    assert SCHEMA.mutation_type is not None
    kind = SCHEMA.mutation_type.fields[name].args["input"].type
    assert isinstance(kind, GraphQLNonNull)
    query = f"mutation ($v: {kind}) {{ {name}(input: $v) {{ errors {{ code message path }} }} }}"

    found = 0
    for value in spoilt(kind):
        body = await graphql(query, {"v": value})
        for message in messages(body):
            found += 1
            assert SNAKE.search(OWN_WORDS.sub("", message)) is None, (value, message)
            assert "Internal error" not in message, (value, message)
    assert found, get_named_type(kind)
