"""Datasets streamed while they are exported."""

from __future__ import annotations

import asyncio
import hashlib
import uuid

import httpx
import pytest

from tests.support.api import Ask, Store
from tests.support.downloads import code, export
from tests.support.exports import CREATE_DATASET, exported
from tests.support.factories import insert_rows, population
from tests.support.traces import DELETE_TRACES, on_sqlite, trace_input
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.formats import export_formats
from tunix_rt.settings import Settings

__all__ = ["export"]


@pytest.fixture
async def key(ask: Ask, database: Database) -> str:
    """The key of a dataset of traces with awkward values."""
    async with database.write() as session:
        await insert_rows(session, population(seed=5, size=150)[0])
    payload = (await ask(CREATE_DATASET, input={"name": "odd", "version": "1"}))["createDataset"]
    found: str = payload["dataset"]["key"]
    return found


async def test_a_dataset_is_streamed_as_it_is_exported(app_client: httpx.AsyncClient, ask: Ask, key: str):
    for format_ in export_formats():
        export = await exported(ask, datasetId=key, format=format_.name)
        response = await app_client.get(f"/v1/datasets/{key}/export.jsonl", params={"format": format_.value})
        assert response.status_code == 200
        assert hashlib.sha256(response.content).hexdigest() == export["sha256"]
        assert response.headers["content-disposition"] == f'attachment; filename="{key}.{format_.value}.jsonl"'
        assert response.headers["content-type"] == "application/x-ndjson; charset=utf-8"


@on_sqlite
async def test_a_stream_takes_options_and_leaves_out_what_was_deleted(
    app_client: httpx.AsyncClient, ask: Ask, store: Store
):
    await store(trace_input("kept <bos>"), trace_input("deleted", meta={"source": "gone"}))
    dataset = (await ask(CREATE_DATASET, input={"name": "a", "version": "1"}))["createDataset"]["dataset"]
    await ask(DELETE_TRACES, input={"where": {"source": {"eq": "gone"}}})
    options = {"system_instruction": "Be brief.", "keep_control_tokens": "true", "round_trip": "true"}

    response = await app_client.get(
        f"/v1/datasets/{dataset['uuid']}/export.jsonl", params={"format": "TUNIX_SFT", **options}
    )

    (line,) = response.text.splitlines()
    assert "Be brief.\\n\\nkept <bos>" in line
    assert '"tunix_rt"' in line


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"format": "nonsense"}, "format must be one of trace, tunix_sft"),
        ({"format": ""}, "format must be one of"),
        ({"formats": "trace"}, "no parameter 'formats'"),
        ({"keep_control_tokens": "yes"}, "keep_control_tokens must be true or false"),
        ({"format": "trace", "system_instruction": "x"}, "is not supported"),
        ({"format": "tunix_sft", "system_instruction": "x" * 20_001}, "20000"),
    ],
)
@on_sqlite
async def test_a_stream_that_cannot_be_made_is_refused(
    app_client: httpx.AsyncClient, query: dict[str, str], words: str
):
    response = await app_client.get("/v1/datasets/any/export.jsonl", params=query)

    assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")
    assert words in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("name", ["nothing", str(uuid.uuid4()), "a%20b", "%00"])
@on_sqlite
async def test_a_stream_of_an_unknown_dataset_is_not_found(app_client: httpx.AsyncClient, name: str):
    response = await app_client.get(f"/v1/datasets/{name}/export.jsonl")

    assert (response.status_code, code(response)) == (404, "NOT_FOUND")


@on_sqlite
async def test_the_head_of_a_stream(app_client: httpx.AsyncClient, key: str):
    response = await app_client.head(f"/v1/datasets/{key}/export.jsonl")

    assert (response.status_code, response.content) == (200, b"")
    assert key in response.headers["content-disposition"]


@on_sqlite
async def test_others_are_served_while_a_dataset_is_streamed(address: str, database: Database, settings: Settings):
    rows = [row | {"id": uuid.uuid4()} for row in population(seed=5, size=150)[0] for _ in range(100)]
    async with database.write() as session:
        await insert_rows(session, rows)
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client:
        answer = await client.post(
            "/graphql", json={"query": CREATE_DATASET, "variables": {"input": {"name": "big", "version": "1"}}}
        )
        key = answer.json()["data"]["createDataset"]["dataset"]["key"]
        streaming = asyncio.create_task(client.get(f"/v1/datasets/{key}/export.jsonl?format=tunix_sft"))
        answered = 0
        while not streaming.done():
            assert (await client.post("/graphql", json={"query": "{ traces(first: 1) { nodes { id } } }"})).is_success
            answered += 1
        lines = (await streaming).text.splitlines()

    assert len(lines) == len(rows)
    assert answered > 10, "nobody else was served"
