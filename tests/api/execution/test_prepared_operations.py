"""Which operations are prepared, how they are reported, and that nothing which has to run is left out."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.permission import BasePermission

from tests.support.traces import on_sqlite
from tunix_rt.api.access.scopes import READ
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.execution.observing import Outcome
from tunix_rt.api.execution.prepared_operation import Preparations, Unprepared
from tunix_rt.api.lists.fields import root_connection
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.scalars import SCALARS
from tunix_rt.api.schema import TunixSchema, build_schema, require_known_extensions
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.http.metrics import ServerMetrics
from tunix_rt.settings import Settings

LIMITS = Limits.of(Settings())
SCHEMA = build_schema(LIMITS)
PAGE = "{ traces(first: 1) { nodes { id } } }"


async def is_prepared(query: str, variables: dict[str, Any] | None = None, name: str | None = None) -> bool:
    """Returns whether a request is run by a prepared operation."""
    document = await SCHEMA.documents.read(SCHEMA._schema, query)
    try:
        SCHEMA.preparations.find(document, name, variables or {})
    except Unprepared:
        return False
    return True


@pytest.mark.parametrize(
    ("query", "variables", "prepared"),
    [
        (PAGE, {}, True),
        ("query { all: traces { ...P } } fragment P on TraceConnection { totalCount }", {}, True),
        (
            "query ($n: Int) { ... { traces(first: $n) { nodes { scores(first: $n) { nodes { id } } } } } }",
            {"n": 2},
            True,
        ),
        ("query ($n: Int!) { traces(first: $n) { nodes { id } } }", {}, False),
        ("query ($n: Int!) { traces(first: $n) { nodes { id } } }", {"n": "2"}, False),
        ("query ($n: Int!) { traces(first: $n) { nodes { scores(first: $n) { nodes { id } } } } }", {"n": 499}, False),
        ("{ traces(first: 1) { nodes { id @skip(if: false) } } }", {}, False),
        ("{ traces(first: 1) { nodes { id } } runs { totalCount } }", {}, False),
        ("{ __typename }", {}, False),
        ("{ traces { nodes { nothing } } }", {}, False),
        ("{ traces", {}, False),
        ("subscription { traceCreated { id } }", {}, False),
    ],
)
async def test_queries_of_one_list_are_prepared(query: str, variables: dict[str, Any], prepared: bool):
    assert await is_prepared(query, variables) is prepared
    assert await is_prepared(query, variables) is prepared


async def test_the_operation_of_the_given_name_is_prepared():
    both = "query A { traces { totalCount } } query B { __typename }"

    assert await is_prepared(both, name="A")
    assert not await is_prepared(both, name="B")
    assert not await is_prepared(both)


async def test_variables_that_were_refused_once_do_not_keep_others_from_being_prepared():
    query = "query ($n: Int!) { page: traces(first: $n) { nodes { id } } }"

    assert not await is_prepared(query, {"n": None})
    assert await is_prepared(query, {"n": 1})


async def test_a_field_with_permissions_is_not_prepared():
    class Nobody(BasePermission):
        message = "No."

        def has_permission(self, source: Any, info: Any, **_: Any) -> bool:
            return False

    @strawberry.type
    class Query:
        traces: Connection[Trace] = root_connection(TRACE_LIST, READ, "All traces.")

    def is_found(schema: TunixSchema) -> bool:
        document = SCHEMA.documents.get(schema._schema, PAGE)
        document.prepared.clear()
        try:
            return bool(Preparations(schema._schema, LIMITS).find(document, None, {}))
        except Unprepared:
            return False

    config = strawberry.schema.config.StrawberryConfig(scalar_map=SCALARS)
    assert is_found(TunixSchema(Query, config=config))
    (field,) = Query.__strawberry_definition__.fields  # type: ignore[attr-defined]
    field.permission_classes = [Nobody]
    assert not is_found(TunixSchema(Query, config=config))


def test_a_schema_with_an_extension_that_would_be_left_out_is_refused():
    class Audit(SchemaExtension):
        pass

    SCHEMA.extensions = (*SCHEMA.extensions, Audit)
    try:
        with pytest.raises(TypeError, match="Audit"):
            require_known_extensions(SCHEMA)
    finally:
        SCHEMA.extensions = SCHEMA.extensions[:-1]


@on_sqlite
@pytest.mark.parametrize(
    ("query", "outcome"),
    [
        (PAGE, Outcome.OK),
        ("{ traces(first: 501) { nodes { id } } }", Outcome.ERRORS),
        ("{ traces(first: 1) { nodes { id @skip(if: false) } } }", Outcome.OK),
        ("{ traces { nodes { nothing } } }", Outcome.REFUSED),
    ],
)
async def test_each_operation_is_reported_once(
    app_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, query: str, outcome: Outcome
):
    reports: list[tuple[str, Outcome]] = []
    monkeypatch.setattr(ServerMetrics, "operation_ended", lambda _, kind, end, __: reports.append((kind, end)))

    await app_client.post("/graphql", json={"query": query})

    assert reports == [("query", outcome)]
