"""Limits on a document, counted before anything runs."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from tunix_rt.api.execution.limits.operation import Limits, affordable_cost, document_errors, length_errors
from tunix_rt.errors import TooCostly

LIMITS = Limits(
    max_query_chars=100_000,
    max_query_tokens=1000,
    max_query_depth=4,
    max_query_aliases=2,
    max_query_directives=2,
    max_query_cost=1000,
)


def refusals(query: str) -> list[str]:
    """Returns the errors of a document's limits."""
    return [error.message for error in document_errors(parse(query), LIMITS)]


def cost(query: str, name: str | None = None, **variables: Any) -> int:
    """Returns the cost of an operation from its refusal."""
    with pytest.raises(TooCostly) as caught:
        affordable_cost(parse(query), name, variables, -1)
    return int(caught.value.message.split("asks for ")[1].split(".")[0])


@pytest.mark.parametrize(
    "query",
    [
        "{ a { b { c { d } } } }",
        "{ a { ... { ... on T { b { c { d } } } } } }",
        "{ ...f } fragment f on T { a { b { c { d } } } }",
        "{ a { ...f b { ...f } } } fragment f on T { c { d } }",
        "{ x: a y: a }",
        "{ a @skip(if: false) b @include(if: true) }",
        "query q @x { a @x }",
    ],
)
def test_documents_at_the_limits_pass(query: str):
    assert refusals(query) == []


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("{ a { b { c { d { e } } } } }", "levels"),
        ("{ a { ... { b { c { d { e } } } } } }", "levels"),
        ("{ ...f } fragment f on T { a { b { c { d { e } } } } }", "levels"),
        ("{ a { ...f } } fragment f on T { b { ...g } } fragment g on T { c { d { e } } }", "levels"),
        ("{ x: a y: a z: a }", "aliases"),
        ("{ x: a } fragment f on T { y: a z: a }", "aliases"),
        ("{ a @x b @x c @x }", "directives"),
        ("query q @x { a @x } fragment f on T @x { a }", "directives"),
    ],
)
def test_one_beyond_a_limit_is_refused_by_its_name(query: str, what: str):
    (message,) = refusals(query)

    assert what in message
    assert str(4 if what == "levels" else 2) in message


def test_characters_are_counted():
    assert length_errors(" " * 100_000, LIMITS) == []
    (error,) = length_errors(" " * 100_001, LIMITS)
    assert error.message == "A document may have at most 100000 characters; this one has 100001."


def test_fragments_that_spread_themselves_end():
    assert refusals("{ ...f } fragment f on T { a { ...f } }") == []
    assert refusals("{ ...f } fragment f on T { ...g } fragment g on T { ...f a }") == []


def test_a_bomb_of_fragments_is_counted_quickly():
    layers = [f"fragment f{n} on T {{ {f'...f{n + 1} ' * 10} }}" for n in range(60)]

    assert refusals("{ ...f0 } " + " ".join(layers) + " fragment f60 on T { a { b } }") == []


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{ health { status } }", {}, 1),
        ("{ version }", {}, 0),
        ("{ traces(first: 10) { nodes { id } } }", {}, 20),
        ("{ traces(last: 10) { nodes { id } } }", {}, 20),
        ("{ traces { nodes { id } } }", {}, 100),
        ("{ traces { totalCount } }", {}, 1),
        ("query q($n: Int) { traces(first: $n) { nodes { id } } }", {"n": 10}, 20),
        ("query q($n: Int) { traces(first: $n) { nodes { id } } }", {}, 100),
        ("{ traces(first: 10) { edges { node { scores(first: 5) { nodes { id } } } } } }", {}, 130),
        ("{ traces(first: 0) { nodes { id } } }", {}, 2),
        ("{ ...f ...f } fragment f on Query { traces(first: 10) { nodes { id } } }", {}, 40),
    ],
)
def test_costs_are_products_of_pages(query: str, variables: dict[str, Any], expected: int):
    assert cost(query, **variables) == expected


def test_the_named_operation_is_counted():
    query = "query a { traces(first: 10) { nodes { id } } } query b { traces(first: 100) { nodes { id } } }"

    assert (cost(query, "a"), cost(query, "b")) == (20, 200)


def test_an_operation_at_the_limit_passes_and_one_beyond_is_refused():
    document = parse("{ traces(first: 10) { nodes { id } } }")

    affordable_cost(document, None, {}, 20)
    with pytest.raises(TooCostly, match=r"at most 19 objects; this one asks for 20"):
        affordable_cost(document, None, {}, 19)


def test_costs_of_layered_fragments_are_counted_quickly():
    layers = [f"fragment f{n} on T {{ a {{ ...f{n + 1} }} b {{ ...f{n + 1} }} }}" for n in range(60)]

    assert cost("{ ...f0 } " + " ".join(layers) + " fragment f60 on T { a { id } }") > 2**60


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("query q($n: Int = 10) { traces(first: $n) { nodes { id } } }", {}, 20),
        ("query q($n: Int = 10) { traces(first: $n) { nodes { id } } }", {"n": 20}, 40),
        ("query q($n: Int = 10) { traces(first: $n) { nodes { id } } }", {"n": None}, 100),
        (
            "query q($n: Int = 10) { traces(first: $n) { ...p } } fragment p on C { nodes { a(last: $n) { edges } } }",
            {},
            10 * (1 + 1 + 10),
        ),
        ("query q($n: Int) { traces(first: $n) { nodes { id } } }", {"n": 20.0}, 40),
        ("query q($n: Int) { traces(first: $n) { nodes { id } } }", {"n": float("inf")}, 100),
        ("{ traces(first: null) { nodes { id } } }", {}, 100),
        ('{ nodes(ids: ["a", "b", "c"]) { ... on T { scores(first: 10) { nodes { id } } } } }', {}, 3 * 21),
        ("query q($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["a", "b"]}, 2),
        ('query q($i: [ID!]! = ["a", "b"]) { nodes(ids: $i) { id } }', {}, 2),
        ("{ traces { ...p } } fragment p on C { nodes { id } }", {}, 100),
        ("{ traces { ... { ... on C { edges { cursor } } } } }", {}, 100),
    ],
)
def test_costs_count_defaults_lists_of_ids_and_pages_in_fragments(query: str, variables: dict[str, Any], expected: int):
    assert cost(query, **variables) == expected
