"""An error in a filter has the whole path of its value, however deep it is."""

from __future__ import annotations

from typing import Any

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import CREATE_DATASET, error_of, on_sqlite, trace_input

TRACES = "query ($where: TraceWhere) { traces(where: $where) { totalCount } }"
RUNS = "query ($where: RunWhere) { runs(where: $where) { totalCount } }"
EVALUATE = "mutation ($input: CreateEvaluationInput!) { createEvaluation(input: $input) { errors { path } } }"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (TRACES, {"and": [{}, {"meta": [{"path": [], "eq": 1}]}]}, "and.1.meta.0.path"),
    (TRACES, {"or": [{"not": {"meta": [{"path": ["a"], "eq": 1}, {"path": ["a"], "lt": "x"}]}}]}, "or.0.not.meta.1.lt"),
    (TRACES, {"not": {"meta": [{"path": ["a"], "notIn": [[]]}]}}, "not.meta.0.notIn"),
    (TRACES, {"and": [{"meta": [{"path": ["a"], "exists": None}]}]}, "and.0.meta.0.exists"),
    (TRACES, {"scores": {"some": {"scorer": {"eq": None}}}}, "scores.some.scorer.eq"),
    (TRACES, {"not": {"source": {"startsWith": "a\0"}}}, "not.source.startsWith"),
    (TRACES, {"and": [{"search": "?"}]}, "and.0.search"),
    (TRACES, {"or": [{"search": "\0"}]}, "or.0.search"),
    (TRACES, {"producedBy": {"runId": {"in": ["x"]}}}, "producedBy.runId.in"),
    (RUNS, {"config": {"lora": {"rank": {"eq": None}}}}, "config.lora.rank.eq"),
    (RUNS, {"or": [{"metrics": [{"name": "a\0", "last": {"eq": 1}}]}]}, "or.0.metrics.0.name"),
    (RUNS, {"metrics": [{"name": "a", "last": {"eq": None}}]}, "metrics.0.last.eq"),
    (RUNS, {"and": [{"tags": {"has": "a\0"}}]}, "and.0.tags.has"),
    (RUNS, {"not": {"tags": {"hasSome": None}}}, "not.tags.hasSome"),
]


@on_sqlite
async def test_the_path_of_an_error_leads_to_the_value(graphql: Execute):
    found = [
        ".".join(error_of(await graphql(document, {"where": where}))["extensions"]["argumentPath"])
        for document, where, _ in WRONG
    ]

    assert found == [f"where.{path}" for *_, path in WRONG]


@on_sqlite
async def test_a_filter_in_an_input_has_its_path_there(ask: Ask, store: Store, graphql: Execute):
    await store(trace_input())
    await ask(CREATE_DATASET, input={"name": "d", "version": "1"})
    candidates = [{"name": "a", "where": {}}, {"name": "b", "where": {"not": {"search": "?"}}}]
    given = {"name": "e", "datasetId": "d-1", "scorer": "baseline", "candidates": candidates}

    payload = (await graphql(EVALUATE, {"input": given}))["data"]["createEvaluation"]

    assert payload["errors"] == [{"path": ["input", "candidates", "1", "where", "not", "search"]}]
