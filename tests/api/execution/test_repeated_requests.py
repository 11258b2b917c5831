"""Requests that are repeated with the same variables: what is remembered of them, and what is not."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.traces import trace_input
from tunix_rt.api.execution import prepared_operation
from tunix_rt.api.execution.prepared_operation import Preparations
from tunix_rt.api.lists import reading
from tunix_rt.lru import LruMap

PAGE = """query ($where: TraceWhere, $first: Int) {
    traces(where: $where, first: $first, orderBy: [{field: ID}]) { nodes { prompt } } }"""
FIXED = '{ traces(where: {prompt: {ne: "x"}}) { nodes { id } } }'.replace("prompt", "promptPreview")


@pytest.fixture
def unprepared(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collects the pages that are read without a prepared statement."""
    found: list[Any] = []
    wanted_rows = reading.wanted_rows

    async def observed(session: Any, request: Any, *rest: Any) -> Any:
        found.append(request)
        return await wanted_rows(session, request, *rest)

    monkeypatch.setattr(reading, "wanted_rows", observed)
    return found


async def prompts(client: httpx.AsyncClient, **variables: Any) -> list[str]:
    """The prompts of a page."""
    answer = (await client.post("/graphql", json={"query": PAGE, "variables": variables})).json()
    return [node["prompt"] for node in answer["data"]["traces"]["nodes"]]


async def test_a_page_with_conditions_is_prepared_when_it_is_read_again(
    app_client: httpx.AsyncClient, unprepared: list[Any]
):
    where = {"stepCount": {"gte": 1}}
    found = [await prompts(app_client, where=where) for _ in range(3)]

    assert found[0] == found[1] == found[2]
    assert len(unprepared) == 1
    await prompts(app_client, where=where, first=1)
    assert len(unprepared) == 2


async def test_conditions_without_variables_are_prepared_too(app_client: httpx.AsyncClient, unprepared: list[Any]):
    for _ in range(3):
        await app_client.post("/graphql", json={"query": FIXED})

    assert len(unprepared) == 1


async def test_a_repeated_page_has_the_rows_that_were_stored_meanwhile(app_client: httpx.AsyncClient):
    create = "mutation ($trace: TraceInput!) { createTrace(input: {trace: $trace}) { errors { message } } }"
    where = {"promptPreview": {"startsWith": "repeated"}}
    found = []
    for number in range(4):
        found.append(await prompts(app_client, where=where))
        trace = trace_input(f"repeated {number}")
        await app_client.post("/graphql", json={"query": create, "variables": {"trace": trace}})

    assert [len(page) for page in found] == [0, 1, 2, 3]


async def test_variables_that_json_libraries_confuse_stay_different(app_client: httpx.AsyncClient):
    """orjson would write a lone surrogate as ``?``, and NaN as null."""
    query = """query ($text: String, $number: Int) {
        traces(where: {source: {ne: $text}}, first: $number) { totalCount } }"""
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"text": "?"}, {"text": "\ud800"}),
        ({"number": None}, {"number": float("nan")}),
        ({"number": 1}, {"number": 1.5}),
        ({"number": 1}, {"number": True}),
    ]
    for known, other in pairs:
        answers = []
        for variables in (other, known, known, other):
            content = json.dumps({"query": query, "variables": variables})
            answer = await app_client.post("/graphql", content=content, headers={"Content-Type": "application/json"})
            body = answer.json()
            for error in body.get("errors", []):
                error["extensions"].pop("requestId")
            answers.append(body)
        assert answers[0] == answers[3] != answers[1] == answers[2], other


async def test_few_sets_of_variables_are_remembered(
    app_client: httpx.AsyncClient, unprepared: list[Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prepared_operation, "REMEMBERED_CHARS", 100)
    long = {"promptPreview": {"ne": "x" * 100}}
    for _ in range(3):
        await prompts(app_client, where=long)

    assert len(unprepared) == 3


def test_the_sets_of_all_operations_are_bounded_together():
    remembered: LruMap[Any, Any] = Preparations(None, None).remembered  # type: ignore[arg-type]
    for number in range(2 * prepared_operation.REMEMBERED_VARIABLES):
        remembered.put(number, number)

    assert len(list(remembered.newest())) == prepared_operation.REMEMBERED_VARIABLES
