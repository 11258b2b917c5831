"""Prepared operations: the same answers as those of graphql-core, which neither prepares nor plans anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.property.conftest import Reached, Twins, without_request_ids
from tests.support.strategies import bounded
from tunix_rt.api.execution.executor import PlanningExecutor
from tunix_rt.api.execution.prepared_operation import Preparations, PreparedOperation, Unprepared

CURSOR = "WyJhIiwxXQ"
NUMBERS: list[Any] = [0, 1, 3, 50, 500, 501, -1, None, 2**31, 2**63, 1.5, "3", True, [2], {"a": 1}]
TEXTS: list[Any] = [None, "", "0", CURSOR, "x" * 5000, "\ud800", 7]
WHERES: list[Any] = [
    None,
    {},
    {"source": {"eq": "a"}},
    {"stepCount": {"gte": 2}, "not": {"source": {"isNull": True}}},
    {"stepCount": {"gte": None}},
    {"scores": {"some": {"score": {"lt": 0.5}}}},
    {"unknown": {}},
    {"and": [{"and": [{"source": {"in": ["a", "b"]}}]}] * 3},
    {"source": {"in": ["a"] * 1100}},
    [],
]
ORDERS: list[Any] = [
    None,
    [],
    [{"field": "STEP_COUNT"}],
    {"field": "SOURCE", "direction": "DESC"},
    [{"field": "ID"}] * 6,
    [{"field": "NO"}],
]
POOLS: dict[str, list[Any]] = {
    "first": NUMBERS,
    "last": NUMBERS,
    "after": TEXTS,
    "before": TEXTS,
    "where": WHERES,
    "orderBy": ORDERS,
}
TYPES = {"first": "Int", "last": "Int", "after": "String", "before": "String", "orderBy": "[TraceOrder!]"}
TYPES["where"] = "TraceWhere"
FIELDS = [
    *("id", "uuid", "promptPreview", "stepCount", "source", "meta", "createdAt", "prompt", "__typename", "i: id"),
    *("steps { index content }", "steps { index type content }", "steps { n: index type content __typename }"),
    *("latestScores { scorer score trace { id } }", "... on Node { id }", "...F"),
    "scores(first: 2) { totalCount nodes { scorer kind scoredAt details } }",
    "scores(first: $first) { edges { cursor node { score } } pageInfo { endCursor hasNextPage } }",
    "scores(last: 1, orderBy: [{field: SCORE, direction: DESC}]) { nodes { id } pageInfo { startCursor } }",
    "scores(first: 900) { nodes { id } }",
    "datasets(first: 1) { totalCount nodes { key } pageInfo { endCursor hasNextPage } }",
    "stepCount @include(if: true)",
]
PAGES = ["totalCount", "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }", "__typename", "p: totalCount"]


def given_arguments() -> SearchStrategy[dict[str, Any]]:
    """Arguments of a list, good and bad."""
    known: list[SearchStrategy[Any]] = [
        st.tuples(st.just(name), st.sampled_from(pool)) for name, pool in POOLS.items() if name != "first"
    ]
    return st.tuples(
        st.lists(st.one_of(known), max_size=2),
        st.lists(st.tuples(st.just("first"), st.sampled_from(NUMBERS)), max_size=1),
    ).map(lambda parts: dict(parts[0] + parts[1]))


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Requests of a page of traces, some of which cannot be prepared, run or even be parsed."""
    arguments = draw(given_arguments())
    fields = " ".join(draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4)))
    rows = draw(st.sampled_from(["nodes { %s }", "edges { cursor node { %s } }", "nodes { id } edges { node { %s } }"]))
    page = " ".join([rows % fields, *draw(st.lists(st.sampled_from(PAGES), max_size=2))])
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    field = f"traces({passed}) {{ {page} }}" if passed else f"traces {{ {page} }}"
    root = draw(st.sampled_from(["%s", "t: %s", "%s", "... { %s }", "%s __typename", "%s serverInfo { version }"]))
    used = set(arguments) | ({"first"} if "$first" in fields else set())
    declared = ", ".join(f"${name}: {TYPES[name]}" for name in sorted(used))
    head = draw(st.sampled_from(["query Q", "query Q", "query", "query Q @skip(if: false)", "mutation Q"]))
    text = f"{head}{f'({declared})' if declared else ''} {{ {root % field} }}"
    if "...F" in fields:
        text += " fragment F on Trace { charCount id }"
    name = draw(st.sampled_from(["Q", None, None, "R", ""]))
    return {"query": text, "variables": arguments | draw(st.sampled_from([{}, {"more": 1}])), "operationName": name}


async def answers(twins: Twins, body: dict[str, Any]) -> list[Any]:
    """Both answers to a request, with status and media type, without the requests' ids."""
    text, found = json.dumps(body), []
    for client in twins.clients:
        response = await client.post("/graphql", content=text, headers={"Content-Type": "application/json"})
        content = without_request_ids(response.json())
        found.append((response.status_code, response.headers["content-type"], content))
    return found


@contextmanager
def reference_only() -> Iterator[None]:
    """Leaves every operation to graphql-core, without plans."""

    def unprepared(*_: Any) -> Any:
        raise Unprepared

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Preparations, "find", unprepared)
        patch.setattr(PlanningExecutor, "_plan", lambda *_: None)
        yield


@bounded(80)
@given(body=requests())
async def test_prepared_operations_answer_like_the_reference_executor(peopled: Twins, reached: Reached, body: Any):
    ran: list[bool] = []
    run = PreparedOperation.run

    async def observed(self: PreparedOperation, *arguments: Any) -> Any:
        answer = await run(self, *arguments)
        ran.append(True)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PreparedOperation, "run", observed)
        first, again = await answers(peopled, body), await answers(peopled, body)
    with reference_only():
        expected = await answers(peopled, body)

    assert first == again == expected
    reached("prepared", bool(ran))
    reached("refused", "errors" in expected[0][2])
