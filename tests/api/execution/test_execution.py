"""Planned execution answers exactly as the reference executor does."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from graphql import build_schema as read_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tests.support.run_requests import append_entries, artifact, entered, line, points, state
from tests.support.traces import CREATE_SCORE, CREATE_TRACES, on_sqlite, trace_input
from tunix_rt.api.context import Context
from tunix_rt.api.execution.encoding import dumps
from tunix_rt.api.execution.executor import LocatingExecutor
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import TunixSchema, build_schema
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.grant import WITHOUT_KEY
from tunix_rt.integrations.tunix import TunixProbe
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.runs.runner import LocalRunner
from tunix_rt.services import services_of
from tunix_rt.settings import Settings

GENEROUS = Limits(
    max_query_chars=1_000_000,
    max_query_tokens=100_000,
    max_query_depth=100,
    max_query_aliases=1000,
    max_query_directives=1000,
    max_query_cost=10**12,
)
PLANNED = build_schema(GENEROUS)
REFERENCE = build_schema(GENEROUS)
REFERENCE.execution_context_class = LocatingExecutor
SDL = PLANNED.as_str()


@pytest.fixture
async def context(database: Database, settings: Settings) -> AsyncIterator[Context]:
    """A request's context, on a database with a few traces and scores."""
    tunix = TunixProbe(settings.trainer_python)
    runner = LocalRunner(database, settings, DryRuns(database, settings), tunix, lambda: None)
    services = services_of(database, settings, tunix, runner, lambda: None)
    found = Context(database, settings, services, "http://127.0.0.1:8000", WITHOUT_KEY, request_id="r")
    traces = [
        trace_input(str(number), meta={"source": "s", "n": number} if number else None, externalId=str(number) or None)
        for number in range(4)
    ]
    result = await run(PLANNED, found, CREATE_TRACES, {"input": {"traces": traces}})
    ids = [trace["id"] for trace in result["data"]["createTraces"]["traces"]]
    for position, scorer in enumerate(("a", "b", "a")):
        draft = {"traceId": ids[position], "scorer": scorer, "score": position / 2, "stepIndex": position % 2}
        await run(PLANNED, found, CREATE_SCORE, {"input": draft})
        await run(PLANNED, found, CREATE_SCORE, {"input": draft | {"stepIndex": None, "details": {"n": position}}})
    training = await entered(database, stdout="printed")
    await append_entries(database, training, [state("RUNNING"), line("a line"), *points("loss", [1.0, float("nan")])])
    await artifact(database, training, "checkpoints/1", kind="CHECKPOINT", step=1, sha256=None)
    yield found
    await services.close()


async def run(schema: TunixSchema, context: Context, query: str, variables: dict[str, Any] | None = None) -> Any:
    """Returns a response as JSON, with its errors sorted."""
    result = await schema.execute(query, variable_values=variables, context_value=context)
    errors = sorted((error.formatted for error in result.errors or ()), key=lambda error: str(error.get("path")))
    return orjson.loads(dumps({"data": result.data, "errors": errors}))


async def assert_same(context: Context, query: str, variables: dict[str, Any] | None = None) -> Any:
    """Both executors' common answer; keys come in the same order."""
    planned = await run(PLANNED, context, query, variables)
    reference = await run(REFERENCE, context, query, variables)
    assert planned == reference
    assert dumps(planned["data"]) == dumps(reference["data"])
    return planned


DOCUMENTS = {
    "attributes": "{ traces { nodes { uuid createdAt prompt stepCount meta source externalId } } }",
    "nothing but names": """
        { __typename traces { __typename nodes { __typename } edges { __typename node { __typename } } } }
    """,
    "aliases": """
        { a: traces(first: 1) { x: nodes { id i: id p: prompt q: prompt } } b: traces(last: 1) { nodes { id } } }
    """,
    "fields merged": """
        { traces { nodes { id steps { index } } nodes { prompt steps { content type } } edges { cursor } } }
    """,
    "fragments": """
        { traces { ...page } }
        fragment page on TraceConnection { nodes { ...whole } edges { node { ...whole ...scored } } }
        fragment whole on Trace { id prompt ... { stepCount ... on Trace { charCount } } }
        fragment scored on Trace { latestScores { ...score } steps { scores { ...score } } }
        fragment score on Score { id kind score details trace { prompt } }
    """,
    "interfaces": """
        { traces { nodes { ... on Node { id uuid } ... on Trace { prompt } __typename } } }
    """,
    "levels": """
        {
          scores(orderBy: [{field: ID}]) {
            totalCount
            edges {
              cursor
              node {
                kind
                stepIndex
                trace { prompt scores(first: 1) { totalCount nodes { trace { latestScores { score } } } } }
              }
            }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          }
        }
    """,
    "one child connection twice": """
        { traces { nodes { a: scores(first: 1) { nodes { id } } b: scores(last: 1) { nodes { id } } } } }
    """,
    "counts alone": "{ traces { totalCount nodes { scores { totalCount } } } }",
    "nulls": "{ traces { nodes { meta source externalId } } scores { nodes { rationale details stepIndex } } }",
    "an error below a list": '{ traces { nodes { id scores(after: "x") { nodes { id } } } } }',
    "an error beside data": '{ traces { totalCount } trace(id: "x") { id } scores(first: -1) { totalCount } }',
    "a missing trace": '{ trace(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id scores { totalCount } } }',
    "an empty page": "{ traces(first: 0) { nodes { id latestScores { id } } edges { node { id } } totalCount } }",
    "plain objects": """
        { scorers { name low high __typename } serverInfo { version limits { pageMax } database { kind } } }
    """,
    "events of several types": """
        {
          runs {
            nodes {
              events {
                totalCount
                nodes { __typename seq ... on RunLogLine { text stream } ... on RunEvent { at } }
                edges {
                  cursor
                  node { ... on RunMetricPoint { name value kind } ... on RunState { trainingProgress { step } } }
                }
              }
            }
          }
        }
    """,
    "events of one type": "{ runs { nodes { events { nodes { ... on RunState { status reason } } } } } }",
    "columns of metrics": """
        { runs { nodes { id metrics(maxPoints: 10) { name steps values kinds } latestMetrics { value kind } } } }
    """,
    "files and attempts": "{ runs { nodes { attempts { status } checkpoints { step kind downloadUrl } } } }",
    "introspection": '{ __type(name: "Trace") { name fields { name type { name kind } } } }',
}


@pytest.mark.parametrize("name", DOCUMENTS)
@on_sqlite
async def test_both_executors_answer_the_same(context: Context, name: str):
    answer = await assert_same(context, DOCUMENTS[name])

    assert bool(answer["errors"]) is name.startswith("an error")


async def test_on_both_databases(context: Context):
    for name in ("fragments", "levels", "nulls", "one child connection twice"):
        assert (await assert_same(context, DOCUMENTS[name]))["errors"] == []


@on_sqlite
async def test_skip_and_include_follow_the_variables(context: Context):
    query = """
    query ($a: Boolean!, $b: Boolean!) {
      traces @include(if: $a) {
        nodes { id prompt @skip(if: $b) ...scored @include(if: $b) ... @skip(if: $a) { stepCount } }
      }
      scores @skip(if: $a) { nodes { id trace @include(if: $b) { prompt } } }
    }
    fragment scored on Trace { latestScores { id } }
    """

    for a in (True, False):
        for b in (True, False):
            answer = await assert_same(context, query, {"a": a, "b": b})
            assert ("traces" in answer["data"]) is a
            rows = answer["data"]["traces" if a else "scores"]["nodes"]
            assert all(("latestScores" in row or "trace" in row) is b for row in rows)


@on_sqlite
async def test_arguments_follow_the_variables(context: Context):
    query = """
    query ($first: Int, $where: ScoreWhere, $order: [ScoreOrder!]) {
      traces(first: $first) {
        nodes { prompt scores(first: $first, where: $where, orderBy: $order) { nodes { score } } }
      }
    }
    """

    answers = [
        await assert_same(context, query, variables)
        for variables in (
            None,
            {"first": 1},
            {"first": 2, "where": {"scorer": {"eq": "a"}}},
            {"where": {"stepIndex": {"isNull": True}}, "order": [{"field": "SCORE", "direction": "DESC"}]},
            {"first": -1},
            {"first": "x"},
        )
    ]
    assert len({dumps(answer) for answer in answers}) == len(answers)


@on_sqlite
async def test_nodes_of_several_types(context: Context):
    found = await assert_same(context, "{ traces { nodes { id } } scores { nodes { id } } }")
    ids = [row["id"] for page in found["data"].values() for row in page["nodes"]]
    query = """
    query ($ids: [ID!]!) {
      nodes(ids: $ids) { __typename id ... on Trace { prompt latestScores { id } } ... on Score { score trace { id } } }
    }
    """

    answer = await assert_same(context, query, {"ids": ids})
    assert [row["id"] for row in answer["data"]["nodes"]] == ids


CUSTOM_SCALARS = {
    "DateTime": st.just("2026-01-31T12:00:00Z").map(nodes.String),
    "UUID": st.builds(uuid.uuid4).map(str).map(nodes.String),
    "JSON": st.one_of(st.text(max_size=5).map(nodes.String), st.integers(-9, 9).map(nodes.Int)),
    "BigInt": st.integers(0, 9).map(nodes.Int),
}
GENERATED = queries(
    read_schema(SDL),
    fields=["traces", "scores", "nodes", "scorers", "serverInfo", "runs"],
    custom_scalars=CUSTOM_SCALARS,
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(query=GENERATED)
@on_sqlite
async def test_generated_documents_are_answered_the_same(context: Context, query: str):
    await assert_same(context, query)
