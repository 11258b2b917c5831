"""Documents and values that no honest client sends: each a coded error on both databases, and never an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import COUNT_TRACES, UNKNOWN_UUID, on_sqlite, trace_input

CREATE = """
mutation {
  createTrace(input: {trace: {prompt: %s, finalAnswer: "a", steps: [%s]%s}}) { trace { id } errors { code path } }
}
"""
STEP = '{type: "t", content: "c"%s}'


def codes(body: dict[str, Any]) -> set[str]:
    """The codes of every error in an answer, top-level or in a payload."""
    found = {error["extensions"]["code"] for error in body.get("errors", ())}
    for payload in (body.get("data") or {}).values():
        if isinstance(payload, dict):
            found |= {error["code"] for error in payload.get("errors", ())}
    return found


def creation(prompt: str = '"p"', step: str = "", rest: str = "") -> str:
    """A createTrace with parts written as they stand."""
    return CREATE % (prompt, STEP % step, rest)


def nested(depth: int) -> str:
    """Fields nested by inline fragments and by fields, as deep as wanted."""
    return (
        "{ nodes(ids: []) { ... on Score { " + "trace { scores { nodes { " * depth + "id" + " } } }" * depth + " } } }"
    )


def chained_fragments(number: int) -> str:
    """A document whose fragments spread each other in a long chain."""
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(number))
    return f"{{ ...f0 }} {chain} fragment f{number} on Query {{ __typename }}"


DOCUMENTS = {
    "5 MB of spaces": ("{ __typename " + " " * 5_000_000 + "}", "TOO_COSTLY"),
    "5 MB of fields": ("{ " + "__typename " * 450_000 + "}", "TOO_COSTLY"),
    "5 MB of a text": ('{ trace(id: "' + "x" * 5_000_000 + '") { id } }', "TOO_COSTLY"),
    "900 KB of spaces": ("{ __typename " + " " * 900_000 + "}", None),
    "900 KB of fields": ("{ " + "__typename " * 80_000 + "}", "BAD_USER_INPUT"),
    "900 KB of a text": ('{ trace(id: "' + "x" * 900_000 + '") { id } }', "BAD_ID"),
    "900 KB of a comment": ("{ __typename #" + "x" * 900_000 + "\n}", None),
    "one field over and over": ("{ traces { " + "nodes { id } " * 1000 + "} }", None),
    "1,000 aliases": ("{ " + " ".join(f"a{n}: __typename" for n in range(1000)) + " }", "TOO_COSTLY"),
    "1,000 directives": ("{ __typename " + "@skip(if: false) " * 1000 + "}", "TOO_COSTLY"),
    "1,000 unknown directives": ("{ __typename " + "@x " * 1000 + "}", "TOO_COSTLY"),
    "depth 400": (nested(133), None),
    "depth 21": (nested(7), "TOO_COSTLY"),
    "depth 5,000 of braces": ("{ a " * 4000, "BAD_USER_INPUT"),
    "depth 3,000 of lists": ("{ trace(id: " + "[" * 3000 + "]" * 3000 + ") { id } }", "BAD_USER_INPUT"),
    "depth 2,000 of objects": ("{ traces(where: " + "{not: " * 2000 + "{}" + "}" * 2000 + ") { totalCount } }", None),
    "1,000 chained fragments": (chained_fragments(1000), "TOO_COSTLY"),
    "a fragment in itself": ("{ ...f } fragment f on Query { ...f }", "BAD_USER_INPUT"),
    "two fragments in each other": (
        "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }",
        "BAD_USER_INPUT",
    ),
    "too costly pages": ("{ traces(first: 500) { nodes { scores(first: 500) { nodes { id } } } } }", "TOO_COSTLY"),
    "a page of 10^30": ("{ traces(first: 1" + "0" * 30 + ") { totalCount } }", "BAD_USER_INPUT"),
    "a page of 10^5000": ("{ traces(first: 1" + "0" * 5000 + ") { totalCount } }", "TOO_COSTLY"),
    "a page beyond 32 bits": ("{ traces(first: 2147483648) { totalCount } }", "BAD_USER_INPUT"),
    "unknown names": ("{ " + " ".join(f"field{n}" for n in range(2000)) + " }", "BAD_USER_INPUT"),
    "introspection, nested": ("{ __schema { types " + "{ fields { type " * 9 + "{ name }" + "} }" * 9 + " } }", None),
    "an index of 10^30": (creation(step=", index: 1" + "0" * 30), "BAD_USER_INPUT"),
    "an index beyond 32 bits": (creation(step=", index: 2147483648"), "BAD_USER_INPUT"),
    "a number of 10^399 in metadata": (creation(rest=", meta: {a: 1" + "0" * 399 + "}"), "BAD_USER_INPUT"),
    "a number of 10^5000 in metadata": (creation(rest=", meta: {a: 1" + "0" * 5000 + "}"), "TOO_COSTLY"),
    "a float of 10^400 in metadata": (creation(rest=", meta: {a: 1e400}"), "BAD_USER_INPUT"),
    "metadata of depth 300": (creation(rest=", meta: " + "{a: " * 300 + "1" + "}" * 300), "BAD_USER_INPUT"),
    "an enum in metadata": (creation(rest=", meta: {a: RED}"), "BAD_USER_INPUT"),
    "an escaped NUL": (creation(prompt='"a\\u0000b"'), "BAD_USER_INPUT"),
    "an escaped lone surrogate": (creation(prompt='"a\\uD800b"'), "BAD_USER_INPUT"),
    "a search for a NUL": ('{ traces(where: {search: "a\\u0000b"}) { totalCount } }', "BAD_USER_INPUT"),
    "an invalid character": ("{ __typename \0 }", "BAD_USER_INPUT"),
}
"""What is sent, and the code that it is answered with; None where any answer without an error will do."""


@pytest.mark.parametrize("number", [20, 50, 100, 150, 200, 300, 400, 600])
@on_sqlite
async def test_chained_fragments_are_followed_or_refused(graphql: Execute, number: int):
    body = await graphql(chained_fragments(number))

    assert body == {"data": {"__typename": "Query"}} or codes(body) == {"TOO_COSTLY"}


@pytest.mark.parametrize("name", DOCUMENTS)
@on_sqlite
async def test_hostile_documents(graphql: Execute, name: str):
    query, code = DOCUMENTS[name]

    body = await graphql(query)

    assert codes(body) <= {"BAD_USER_INPUT", "TOO_COSTLY", "BAD_ID"}
    assert len(json.dumps(body.get("errors"))) < 200_000
    if code is not None:
        assert codes(body) == {code}


VALUES: dict[str, Any] = {
    "NUL": "a\0b",
    "10^30": 10**30,
    "-10^30": -(10**30),
    "2^63": 2**63,
    "1e308": 1e308,
    "deep": [[[[[[[[[[]]]]]]]]]],
    "long": "x" * 100_000,
    "wide": [1] * 2000,
    "object": {"a": 1},
    "boolean": True,
    "empty": "",
    "null": None,
}


def meta_test(operator: str, value: Any) -> dict[str, Any]:
    """A filter by one operator on metadata."""
    return {"meta": [{"path": ["a"], operator: value}]}


WHERE = "query ($v: TraceWhere) { traces(where: $v) { totalCount } }"
PLACES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "id": ("query ($v: ID!) { trace(id: $v) { id } }", lambda v: v),
    "ids": ("query ($v: [ID!]!) { nodes(ids: $v) { id } }", lambda v: [v]),
    "first": ("query ($v: Int) { traces(first: $v) { totalCount } }", lambda v: v),
    "after": ("query ($v: String) { traces(after: $v) { nodes { id } } }", lambda v: v),
    "orderBy": ("query ($v: [TraceOrder!]) { traces(orderBy: $v) { nodes { id } } }", lambda v: v),
    "where": (WHERE, lambda v: v),
    "a text": (WHERE, lambda v: {"source": {"eq": v}}),
    "texts": (WHERE, lambda v: {"source": {"in": [v]}}),
    "a prefix": (
        WHERE,
        lambda v: {"source": {"startsWith": v}},
    ),
    "a number": (WHERE, lambda v: {"stepCount": {"lt": v}}),
    "a time": (WHERE, lambda v: {"createdAt": {"lt": v}}),
    "an id": (WHERE, lambda v: {"id": {"eq": v}}),
    "words": (WHERE, lambda v: {"search": v}),
    "a score": ("query ($v: ScoreWhere) { scores(where: $v) { totalCount } }", lambda v: {"score": {"gte": v}}),
    "a kind": ("query ($v: ScoreWhere) { scores(where: $v) { totalCount } }", lambda v: {"kind": {"eq": v}}),
    **{
        f"meta {operator}": (
            WHERE,
            partial(meta_test, operator),
        )
        for operator in ("eq", "ne", "in", "notIn", "lt", "gte", "contains", "startsWith", "exists")
    },
    "meta path": (
        WHERE,
        lambda v: {"meta": [{"path": [v], "eq": 1}]},
    ),
}


async def test_hostile_values_are_answered_without_a_error(graphql: Execute, store: Store):
    await store(trace_input(meta={"a": 1, "b": {"a": "x"}, "source": "s"}))

    for place, (query, make) in PLACES.items():
        for name, value in VALUES.items():
            body = await graphql(query, {"v": make(value)})
            found = codes(body)
            assert found <= {"BAD_USER_INPUT", "BAD_ID", "BAD_CURSOR", "TOO_COSTLY"}, (place, name, body)
            assert len(json.dumps(body)) < 50_000, (place, name)


def mutation(which: str, type_: str, field: str, **fields: str) -> str:
    """A mutation with a variable in one field of its input, beside others that are written as they stand."""
    rest = "".join(f", {given}: {value}" for given, value in fields.items())
    return f"mutation ($v: {type_}) {{ {which}(input: {{{field}: $v{rest}}}) {{ errors {{ code path }} }} }}"


def as_it_is(value: Any) -> Any:
    """A variable that is the value itself."""
    return value


LATER_PLACES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "dataset id": ("query ($v: ID!) { dataset(id: $v) { key } }", as_it_is),
    "datasets": ("query ($v: DatasetWhere) { datasets(where: $v) { totalCount } }", lambda v: {"key": {"eq": v}}),
    "datasets' traces": (WHERE, lambda v: {"datasets": {"some": {"name": {"startsWith": v}}}}),
    "overlap": ("query ($v: ID!) { datasetOverlap(a: $v, b: $v) { sharedPrompts } }", as_it_is),
    "split id": (mutation("splitDataset", "ID!", "id", parts='[{name: "a", count: 1}]'), as_it_is),
    "split parts": (
        mutation("splitDataset", "[SplitPartInput!]!", "parts", id=f'"{UNKNOWN_UUID}"'),
        lambda v: [{"name": v, "count": v, "fraction": v}],
    ),
    "verify": (mutation("verifyDataset", "ID!", "id"), as_it_is),
    "delete": (mutation("deleteDataset", "ID!", "id"), as_it_is),
    "manifest": (mutation("generateManifest", "ID!", "datasetId", modelId='"m"'), as_it_is),
    "export": (mutation("startExport", "ID", "datasetId"), as_it_is),
    "run": (mutation("startRun", "ID!", "datasetId", modelId='"m"'), as_it_is),
    "ungar count": (mutation("generateUngarTraces", "Int!", "count"), as_it_is),
    "ungar seed": (mutation("generateUngarTraces", "Int", "seed", count="1"), as_it_is),
    **{
        f"create {field}": (
            mutation("createDataset", type_, field, **({"name": '"d"', "version": '"1"', "seed": "1"} | rest)),
            as_it_is,
        )
        for field, type_, rest in (
            ("sessionId", "String", {"limit": "0"}),
            ("trainingRunId", "String", {"limit": "0"}),
            ("parentDatasetId", "ID", {"limit": "0"}),
            ("idempotencyKey", "String", {"limit": "0"}),
            ("limit", "Int!", {"where": "{id: {in: []}}"}),
            ("where", "TraceWhere", {"limit": "0"}),
            ("orderBy", "[TraceOrder!]", {"limit": "0"}),
        )
    },
}


async def test_hostile_values_meet_no_error_in_datasets_either(
    graphql: Execute, app_client: httpx.AsyncClient, store: Store
):
    await store(trace_input(meta={"a": 1}))
    known = {"BAD_USER_INPUT", "BAD_ID", "TOO_COSTLY", "NOT_FOUND", "CONFLICT", "UNAVAILABLE"}

    for place, (query, make) in LATER_PLACES.items():
        for name, value in VALUES.items():
            body = await graphql(query, {"v": make(value)})
            found = codes(body)
            assert found <= known, (place, name, body)
            assert len(json.dumps(body)) < 50_000, (place, name)
        if make is as_it_is:
            body = await post(app_client, query, rb'{"v": "a\ud800b"}')
            assert codes(body) <= known, (place, body)


RAW = {
    "a lone surrogate": rb'"a\ud800b"',
    "a reversed pair": rb'"\udc00\ud800"',
    "NUL": rb'"a\u0000b"',
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "1e999": b"1e999",
    "10^5000": b"1" + b"0" * 5000,
    "depth 500": b"[" * 500 + b"]" * 500,
}
TRACE = b'{"prompt": "p", "finalAnswer": "a", "steps": [{"type": "t", "content": "c"}]%s}'

CREATE_BY_VARIABLE = """
mutation ($v: TraceInput!) { createTrace(input: {trace: $v}) { trace { id } errors { code path } } }
"""
CREATE_SCORE = f"""
mutation ($v: TYPE) {{
  createScore(input: {{traceId: "{UNKNOWN_UUID}", scorer: "s", FIELD: $v}}) {{ score {{ id }} errors {{ code path }} }}
}}
"""


async def post(client: httpx.AsyncClient, query: str, variables: bytes) -> dict[str, Any]:
    """The answer to a request whose variables are bytes that a JSON library would not write."""
    body = b'{"query": ' + json.dumps(query).encode() + b', "variables": ' + variables + b"}"
    response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {200, 400}
    decoded: dict[str, Any] = response.json()
    return decoded


@pytest.mark.parametrize("name", RAW)
async def test_what_json_forbids_is_refused_everywhere(app_client: httpx.AsyncClient, ask: Ask, name: str):
    value = RAW[name]
    requests = [
        (CREATE_BY_VARIABLE, TRACE.replace(b'"p"', value) % b""),
        (CREATE_BY_VARIABLE, TRACE % (b', "meta": {"a": ' + value + b"}")),
        (CREATE_BY_VARIABLE, TRACE % (b', "externalId": ' + value)),
        (CREATE_SCORE.replace("TYPE", "JSON").replace("FIELD", "score: 1, details"), b'{"a": ' + value + b"}"),
        (CREATE_SCORE.replace("TYPE", "Float!").replace("FIELD", "score"), value),
        (WHERE, b'{"source": {"eq": ' + value + b"}}"),
        (WHERE, b'{"meta": [{"path": ["a"], "eq": ' + value + b"}]}"),
        (WHERE, b'{"meta": [{"path": ["a"], "in": [' + value + b"]}]}"),
        (WHERE, b'{"meta": [{"path": ["a"], "gt": ' + value + b"}]}"),
        (PLACES["id"][0], value),
        (PLACES["after"][0], value),
    ]

    for query, variables in requests:
        body = await post(app_client, query, b'{"v": ' + variables + b"}")
        assert codes(body), (query, body)
        assert codes(body) <= {"BAD_USER_INPUT", "BAD_ID", "BAD_CURSOR"}, (query, body)
    assert (await ask(COUNT_TRACES))["traces"]["totalCount"] == 0


@on_sqlite
async def test_long_messages_are_clipped(graphql: Execute):
    body = await graphql("query ($v: Int) { traces(first: $v) { totalCount } }", {"v": "x" * 100_000})

    assert codes(body) == {"BAD_USER_INPUT"}
    assert len(body["errors"][0]["message"]) <= 500
