"""``/v1/attempt/export``: a token opens the traces of its export's source, its file and its end, and nothing else."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.support.factories import insert_rows, trace, trace_row
from tests.support.job_processes import export_in
from tests.support.remote_exports import claimed, entered, held
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import ClaimedAttempt
from tunix_rt.domain.exports.sources import OfTraces
from tunix_rt.http.attempts.files import content_digest
from tunix_rt.settings import Settings

ROOT = "/v1/attempt/export"
FILE = b"{}\n"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return replace(settings, worker=False)


@pytest.fixture
async def ids(database: Database) -> list[uuid.UUID]:
    """Stored traces."""
    rows = [trace_row(trace(f"prompt {number}"), seconds=number) for number in range(4)]
    async with database.write() as session:
        await insert_rows(session, rows)
    return [row["id"] for row in rows]


@pytest.fixture
async def attempt(database: Database, ids: list[uuid.UUID]) -> ClaimedAttempt:
    """The first attempt at an export of the first three traces."""
    await entered(database, OfTraces(tuple(ids[:3])))
    return await held(database)


@pytest.fixture
def client(app_client: httpx.AsyncClient, attempt: ClaimedAttempt) -> httpx.AsyncClient:
    """A client that sends the attempt's token."""
    app_client.headers["Authorization"] = f"Bearer {attempt.token}"
    return app_client


async def put(client: httpx.AsyncClient, name: str, content: bytes = FILE, sent: bytes = FILE) -> httpx.Response:
    """The answer to an upload of a file with the hash of some content."""
    headers = {"Content-Digest": content_digest(hashlib.sha256(content).digest())}
    return await client.put(f"{ROOT}/files/{name}", content=sent, headers=headers)


def completed(size: int = len(FILE)) -> dict[str, Any]:
    """The report of a completed attempt."""
    return {"status": "COMPLETED", "sha256": hashlib.sha256(FILE).hexdigest(), "state": {"byte_size": size}}


async def test_a_token_opens_its_export_until_the_attempt_is_over(client: httpx.AsyncClient, attempt: ClaimedAttempt):
    shown = (await client.get(ROOT)).json()
    assert (shown["id"], shown["attempt"], shown["format"], "recipe" in shown) == (str(attempt.job), 1, "trace", False)
    assert [(await client.get(path)).status_code for path in ("/v1/attempt", "/v1/attempt/generation")] == [401, 401]
    assert (await client.post("/graphql", json={"query": "{ viewer { name } }"})).status_code != 500
    for place, status in (("a:/data", 204), ("a:/data", 204), ("b:/data", 410)):
        assert (await client.put(f"{ROOT}/place", json={"place": place})).status_code == status
    assert (await client.post(f"{ROOT}/outcome", json={"status": "FAILED", "message": "No."})).status_code == 204

    for path, body in (("rows", {"position": None, "rows": 1}), ("lease", {}), ("outcome", {"status": None})):
        answer = await client.post(f"{ROOT}/{path}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (410, "CONFLICT")
    assert (await put(client, shown["file_name"])).status_code == 410


async def test_only_traces_of_the_source_are_read(client: httpx.AsyncClient, ids: list[uuid.UUID]):
    assert (await client.get(f"{ROOT}/size")).json() == [3, 3]
    pages: list[list[str]] = []
    position = None
    while len(pages) < 2:
        page = (await client.post(f"{ROOT}/rows", json={"position": position, "rows": 2})).json()
        pages.append([found[0][0] for found in page[0]])
        position = page[2]
    assert (pages, position) == ([[str(ids[0]), str(ids[1])], [str(ids[2])]], None)

    asked = {"ids": [str(ids[1]), str(ids[3]), str(uuid.uuid4())]}
    traces, *_ = (await client.post(f"{ROOT}/traces", json=asked)).json()
    assert [found[0][0] for found in traces] == [str(ids[1])]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("rows", {"position": None, "rows": 0}),
        ("rows", {"position": None, "rows": 501}),
        ("rows", {"position": [1], "rows": 1}),
        ("rows", {"position": -1, "rows": 1}),
        ("rows", {"position": "a\0", "rows": 1}),
        ("traces", {"ids": [str(uuid.uuid4())] * 501}),
        ("members", {"position": ["a"]}),
        ("members", {"position": ["a", 2**63]}),
        ("lease", {"progress": 1.5}),
        ("lease", {"row_count": -1}),
        ("outcome", {"status": "RUNNING"}),
        ("outcome", {"status": "COMPLETED"}),
        ("outcome", {"status": "FAILED", "sha256": "0" * 64}),
        ("outcome", {"status": "FAILED", "message": "x" * 10_001}),
    ],
)
async def test_invalid_values_are_refused(client: httpx.AsyncClient, path: str, body: dict[str, Any]):
    answer = await client.post(f"{ROOT}/{path}", json=body)

    assert answer.status_code == 400, answer.text


async def test_a_file_is_stored_whole_under_its_name_before_the_export_completes(
    database: Database, client: httpx.AsyncClient, attempt: ClaimedAttempt
):
    name = (await client.get(ROOT)).json()["file_name"]
    assert (await put(client, "other.jsonl")).status_code == 400
    assert (await put(client, name, sent=b"[]\n")).status_code == 400
    refused = await client.post(f"{ROOT}/outcome", json=completed())
    assert (refused.status_code, (await export_in(database, attempt.job)).status) == (409, "RUNNING")
    assert [(await put(client, name)).status_code for _ in range(2)] == [204, 204]
    assert (await put(client, name, b"other", b"other")).status_code == 409
    assert (await client.post(f"{ROOT}/outcome", json=completed(size=2))).status_code == 409
    assert (await client.post(f"{ROOT}/outcome", json=completed())).status_code == 204

    row = await export_in(database, attempt.job)
    assert (row.status, row.path, row.byte_size) == ("COMPLETED", f"{attempt.job}/1/{name}", len(FILE))
    query = "query ($id: ID!) { export(id: $id) { downloadUrl } }"
    del client.headers["Authorization"]
    answer = await client.post("/graphql", json={"query": query, "variables": {"id": str(attempt.job)}})
    found = await client.get(answer.json()["data"]["export"]["downloadUrl"])
    assert (found.status_code, found.content) == (200, FILE)


async def test_a_lost_process_leaves_the_export_to_the_next_attempt(
    database: Database, client: httpx.AsyncClient, attempt: ClaimedAttempt
):
    lost = {"status": None, "message": "Its process was killed by signal 9"}
    assert (await client.post(f"{ROOT}/outcome", json=lost)).status_code == 204

    assert (await export_in(database, attempt.job)).status == "PENDING"
    second = await claimed(database, "w:1:b")
    assert second is not None
    assert (second.job, second.attempt) == (attempt.job, 2)
