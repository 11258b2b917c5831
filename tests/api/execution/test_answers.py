"""Answers have a bound in bytes and in objects, met as they are made; large ones are the same as small ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.subscriptions import send, socket
from tests.support.traces import code_of, data_of, error_of, on_sqlite, repeated, trace_input
from tunix_rt.api.lists.page_request import ROWS_AT_ONCE, rows_at_once
from tunix_rt.settings import Settings

MOST = 100_000
PROMPTS = "query ($first: Int!) { traces(first: $first, orderBy: [{field: ID}]) { nodes { prompt } } }"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of a server whose answers have at most 100,000 bytes and 1,000 objects."""
    return Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        load_samples=False,
        response_max_bytes=MOST,
        max_query_cost=1000,
    )


async def store_large(store: Store, number: int = 12, chars: int = 10_000, **fields: Any) -> list[dict[str, Any]]:
    """Stores traces with long prompts, a few at a time: mutations have answers, too."""
    stored: list[dict[str, Any]] = []
    for start in range(0, number, 3):
        some = [trace_input(repeated(f"{start + place} ", chars), **fields) for place in range(min(3, number - start))]
        stored += await store(*some)
    return stored


async def test_an_answer_that_would_be_too_large_is_refused_and_a_smaller_page_is_not(graphql: Execute, store: Store):
    await store_large(store)

    for _ in range(20):  # more than there are connections
        body = await graphql(PROMPTS, {"first": 12})
        assert body["data"] is None
        assert error_of(body)["extensions"]["code"] == "TOO_COSTLY"
        assert error_of(body)["message"].startswith("A response may have at most 100000 bytes")
    found = data_of(await graphql(PROMPTS, {"first": 5}))
    assert [len(node["prompt"]) for node in found["traces"]["nodes"]] == [10_000] * 5


@pytest.mark.parametrize(
    "query",
    [
        "{ traces(first: 20) { nodes { meta } } }",
        "{ traces(first: 20, where: {stepCount: {gte: 1}}) { nodes { finalAnswer } } }",
        "{ scores { nodes { trace { prompt } } } }",
        "{ traces(first: 1) { nodes { scores(first: 20) { nodes { rationale } } } } }",
        "{ traces(first: 1) { nodes { latestScores { rationale } } } }",
        "{ datasets(first: 1) { nodes { traces { nodes { prompt } } } } }",
        "{ a: traces(first: 6) { nodes { prompt } } b: traces(first: 6) { nodes { prompt } } }",
    ],
)
async def test_every_way_to_long_texts_is_weighed(ask: Ask, graphql: Execute, store: Store, query: str):
    stored = await store_large(store, meta={"a": repeated("s", 10_000)})
    for place, trace in enumerate(stored):
        for trace_id in {trace["id"], stored[-1]["id"]}:
            await ask(
                "mutation ($input: CreateScoreInput!) { createScore(input: $input) { errors { message } } }",
                input={"traceId": trace_id, "scorer": f"s{place}", "score": 1, "rationale": repeated("r", 10_000)},
            )
    await ask(
        'mutation { createDataset(input: {name: "d", version: "1"}) { dataset { id } errors { message } } }',
    )

    body = await graphql(query)

    assert code_of(body) == "TOO_COSTLY"
    assert "100000 bytes" in error_of(body)["message"]


@on_sqlite
async def test_one_row_shown_often_counts_as_often(graphql: Execute, store: Store):
    (trace,) = await store_large(store, 1)
    fields = " ".join(f"a{number}: prompt" for number in range(20))

    body = await graphql(f'{{ trace(id: "{trace["id"]}") {{ {fields} }} }}')

    assert code_of(body) == "TOO_COSTLY"


@pytest.mark.parametrize("text", ["\x01", "\u00e9", "\U0001f9a9", '"'])
@on_sqlite
async def test_bytes_are_counted_and_not_characters(graphql: Execute, ask: Ask, text: str):
    chars = 40_000 // (len(json.dumps(text, ensure_ascii=False).encode()) - 2)
    query = "mutation ($input: CreateTracesInput!) { createTraces(input: $input) { createdCount errors { message } } }"
    await ask(query, input={"traces": [trace_input(text * chars)] * 3})

    assert code_of(await graphql(PROMPTS, {"first": 3})) == "TOO_COSTLY"
    assert data_of(await graphql(PROMPTS, {"first": 1}))["traces"]["nodes"] == [{"prompt": text * chars}]


@on_sqlite
async def test_lists_without_pages_count_towards_the_objects(graphql: Execute, store: Store):
    steps = [{"type": "t", "content": "c"}] * 300
    await store(*[trace_input(str(number), steps=steps) for number in range(4)])
    query = "query ($first: Int!) { traces(first: $first) { nodes { steps { index } } } }"

    assert len(data_of(await graphql(query, {"first": 3}))["traces"]["nodes"]) == 3
    error = error_of(await graphql(query, {"first": 4}))
    assert error["extensions"]["code"] == "TOO_COSTLY"
    assert error["message"].startswith("A response may have at most 1000 objects")


@on_sqlite
async def test_children_of_what_has_no_page_are_counted_before_they_are_fetched(graphql: Execute, ask: Ask):
    query = """
    mutation ($input: CreateTracesInput!) {
      createTraces(input: $input) { createdCount traces { scores(first: 400) { nodes { id } } } errors { code } }
    }
    """

    body = await graphql(query, {"input": {"traces": [trace_input(str(number)) for number in range(3)]}})

    assert code_of(body) == "TOO_COSTLY"
    assert (await ask("{ traces { totalCount } }"))["traces"]["totalCount"] == 3


@on_sqlite
async def test_each_event_of_a_subscription_has_the_whole_bound(address: str):
    query = "subscription { traceCreated { prompt } }"
    async with socket(address) as opened:
        await opened.subscribe("1", query)
        for number in range(4):
            await send(address, repeated(str(number), 40_000))
            assert await opened.prompts("1", 1) == [repeated(str(number), 40_000)]


class TestLargeAnswers:
    """Answers that are encoded in parts, off the event loop."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, response_max_bytes=2_000_000, max_query_cost=100_000)

    QUERY = """
    {
      traces(orderBy: [{field: ID}]) {
        totalCount
        nodes { prompt meta steps { index content scores { id } } createdAt uuid source }
        edges { cursor node { prompt } }
      }
      empty: traces(first: 0) { nodes { id } }
      broken: trace(id: "x") { id }
    }
    """

    async def test_they_are_what_small_ones_are(self, app_client: httpx.AsyncClient, ask: Ask, store: Store):
        meta = {"a": [], "b": {"c": [1, {"d": None}]}, "é": 'quo"te', "source": "s"}
        await store_large(store, 40, 20_000, meta=meta)
        small = "{ traces(first: 1, orderBy: [{field: ID}]) { nodes { meta createdAt uuid source } } }"
        (first,) = (await ask(small))["traces"]["nodes"]

        response = await app_client.post("/graphql", json={"query": self.QUERY})

        body = response.json()
        assert len(response.content) > 1_000_000
        assert response.headers["Content-Length"] == str(len(response.content))
        assert response.headers["Content-Type"] == "application/json"
        assert body["data"]["empty"] == {"nodes": []}
        assert body["data"]["broken"] is None
        assert code_of(body) == "BAD_ID"
        nodes = body["data"]["traces"]["nodes"]
        assert len(nodes) == body["data"]["traces"]["totalCount"] == 40
        assert {key: nodes[0][key] for key in first} == first
        assert [len(node["prompt"]) for node in nodes] == [20_000] * 40
        assert nodes[0]["steps"][1] == {"index": 1, "content": "make four.", "scores": []}
        assert [edge["node"]["prompt"] for edge in body["data"]["traces"]["edges"]] == [
            node["prompt"] for node in nodes
        ]

    @on_sqlite
    async def test_over_websocket_too(self, address: str):
        for number in range(10):
            await send(address, *[repeated(f"{number} {place}", 40_000) for place in range(2)])
        async with socket(address, max_size=None) as opened:
            await opened.subscribe("1", "{ traces { nodes { prompt } } }")
            message = await opened.receive()
            assert [len(node["prompt"]) for node in message["payload"]["data"]["traces"]["nodes"]] == [40_000] * 20
            assert (await opened.receive())["type"] == "complete"
            await opened.subscribe("2", "{ traces { nodes { a: prompt b: prompt c: prompt } } }")
            message = await opened.receive()
            assert code_of(message["payload"]) == "TOO_COSTLY"


@pytest.mark.parametrize(
    ("rows", "weight", "step"),
    [(0, 0, 1), (10, 1000, 10_000 * 2), (60, 54_000_000, 2), (1, 8_000_000, 1), (500, 64_000_000, 15)],
)
def test_long_rows_are_made_to_objects_a_few_at_a_time(rows: int, weight: int, step: int):
    assert rows_at_once(rows, weight) == min(step, ROWS_AT_ONCE)
