"""The same data and the same request give the same answer on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.property.conftest import Twins
from tests.support.strategies import (
    SCORE_ORDER,
    TRACE_ORDER,
    TRACE_ROWS,
    bounded,
    order_input,
    orders,
    score_predicates,
    trace_predicates,
    where_input,
)

SCORE_FIELDS = (
    *("id", "uuid", "scorer", "scorerVersion", "kind", "score", "rationale", "details", "stepIndex", "scoredAt"),
    "trace { uuid source }",
)
TRACE_FIELDS = (
    *("id", "uuid", "createdAt", "traceVersion", "prompt", "finalAnswer", "meta", "source", "stepCount", "charCount"),
    *("promptPreview", "finalAnswerPreview", "promptHash", "contentHash", "externalId"),
    "steps { index type content scores { uuid score } }",
    "latestScores { uuid scorer trace { promptPreview } }",
)
PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
PAGE_MAX = 500
VARIABLES = {
    "where": "TraceWhere",
    "orderBy": "[TraceOrder!]",
    "scoreWhere": "ScoreWhere",
    "scoreOrder": "[ScoreOrder!]",
}


def some_of(fields: tuple[str, ...]) -> SearchStrategy[list[str]]:
    """A few different fields, in any order."""
    return st.lists(st.sampled_from(fields), min_size=1, max_size=6, unique=True)


def connection_text(fields: list[str], whole: list[str]) -> str:
    """The selection of a connection: what is wanted of each row, and of the whole."""
    nodes = f"nodes {{ {' '.join(fields)} }}"
    edges = f"edges {{ cursor node {{ {' '.join(fields)} }} }}"
    return f"{{ {' '.join({'nodes': nodes, 'edges': edges, 'info': PAGE_INFO}.get(part, part) for part in whole)} }}"


PARTS = st.lists(st.sampled_from(["nodes", "edges", "info", "totalCount"]), min_size=1, unique=True)
SIZES = st.sampled_from([("first", 0), ("first", 1), ("first", 7), ("last", 5), ("last", 60), ("first", PAGE_MAX)])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A query over traces with their scores, and its variables."""
    fields = draw(some_of(TRACE_FIELDS))
    if draw(st.booleans()):
        score_page = connection_text(draw(some_of(SCORE_FIELDS)), draw(PARTS))
        fields.append(f"scores(orderBy: $scoreOrder, where: $scoreWhere, first: 3) {score_page}")
    else:
        fields.append("theirs: scores(orderBy: $scoreOrder, where: $scoreWhere, last: 2) { totalCount }")
    name, size = draw(SIZES)
    variables = {
        "where": where_input(draw(trace_predicates())) if draw(st.booleans()) else None,
        "orderBy": order_input(draw(orders(TRACE_ORDER))) if draw(st.booleans()) else None,
        "scoreWhere": where_input(draw(score_predicates())) if draw(st.booleans()) else None,
        "scoreOrder": order_input(draw(orders(SCORE_ORDER))) if draw(st.booleans()) else None,
    }
    body = f"traces(where: $where, orderBy: $orderBy, {name}: {size}) {connection_text(fields, draw(PARTS))}"
    used = [f"${variable}: {VARIABLES[variable]}" for variable in variables if f"${variable}" in body]
    return f"query ({', '.join(used)}) {{ {body} }}", variables


@bounded(60)
@given(request=documents())
async def test_queries_of_traces_return_the_same(peopled: Twins, request: tuple[str, dict[str, Any]]):
    query, variables = request
    first, second = await peopled.ask(query, variables)

    assert "data" in first, first
    assert first == second


@bounded(30)
@given(where=score_predicates(), terms=orders(SCORE_ORDER), fields=some_of(SCORE_FIELDS), whole=PARTS, size=SIZES)
async def test_queries_of_scores_return_the_same(
    peopled: Twins, where: Any, terms: Any, fields: list[str], whole: list[str], size: tuple[str, int]
):
    query = (
        "query ($where: ScoreWhere, $orderBy: [ScoreOrder!]) {"
        f" scores(where: $where, orderBy: $orderBy, {size[0]}: {size[1]}) {connection_text(fields, whole)} }}"
    )
    first, second = await peopled.ask(query, {"where": where_input(where), "orderBy": order_input(terms)})

    assert "data" in first, first
    assert first == second


@bounded(20)
@given(fields=some_of(TRACE_FIELDS), row=st.sampled_from(TRACE_ROWS), other=st.sampled_from(TRACE_ROWS))
async def test_single_traces_are_the_same(peopled: Twins, fields: list[str], row: Any, other: Any):
    selected = " ".join(fields)
    query = (
        f"query ($id: ID!, $other: ID!) {{ trace(id: $id) {{ {selected} }}"
        f" node(id: $id) {{ ... on Trace {{ {selected} }} }}"
        f" nodes(ids: [$id, $other, $id]) {{ id ... on Trace {{ {selected} }} }}"
        f" compareTraces(base: $id, other: $other) {{ difference base {{ score details trace {{ {selected} }} }} }} }}"
    )
    first, second = await peopled.ask(query, {"id": str(row["id"]), "other": str(other["id"])})

    assert first["data"]["trace"] == first["data"]["node"], first
    assert first == second
