"""``/v1/attempt``: a token opens one attempt, batches are stored once and in order, and files stay in their folder."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.support.api import client_of
from tests.support.keys import VIEWER, bearer
from tests.support.remote_attempts import held_run, token_for
from tests.support.run_storage import next_attempt
from tests.support.runs import run_of, sequence_of
from tunix_rt.db.identity import now
from tunix_rt.db.models import attempt_tokens
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.runs.lifecycle import delete_run
from tunix_rt.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return replace(settings, worker=False)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server."""
    async with client_of(settings) as client:
        yield client


@pytest.fixture
async def hold(database: Database, settings: Settings) -> Hold:
    """The first attempt at a run."""
    return await held_run(database, settings)


def batch(number: int, text: str = "hello") -> dict[str, Any]:
    """A batch of one log line."""
    line = {"type": "LOG", "at": "2026-01-01T00:00:00Z", "attempt": 1, "stream": "STDOUT", "text": text}
    read_to = {"folder": "f", "stdout": number, "stderr": 0, "events": 0}
    place = {"step": None, "total_steps": None, "epoch": None, "eta_seconds": None}
    given = {"number": number, "entries": [line], "artifacts": [], "receipts": [], "weights": [], "process": "h:1"}
    return given | {"place": place, "read_to": read_to}


def outcome(hold: Hold, status: str | None = "COMPLETED") -> dict[str, Any]:
    """The report of an attempt's end."""
    ended = {"owner": hold.owner, "attempt": hold.attempt, "ended_at": now().isoformat(), "message": "Done."}
    return {"outcome": ended | {"status": status}}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


async def texts_of(database: Database, run_id: uuid.UUID) -> list[str]:
    """The log lines of a run."""
    return [entry.text for entry in await sequence_of(database, run_id) if hasattr(entry, "text")]


async def test_a_token_opens_its_attempt_and_nothing_else(
    client: httpx.AsyncClient, database: Database, settings: Settings, hold: Hold
):
    token = await token_for(database, hold)
    other = await held_run(database, settings, output_name="other")

    own = await client.get("/v1/attempt", headers=bearer(token))
    assert (own.status_code, own.json()["id"], own.headers["cache-control"]) == (200, str(hold.id), "no-store")
    forged = token.replace(hold.id.hex, other.id.hex)
    changed = token[:-1] + ("0" if token[-1] != "0" else "1")
    for wrong in (forged, changed, token + "0", token.upper(), "", "x", token.replace("_1_", "_2_")):
        assert code_of(await client.get("/v1/attempt", headers=bearer(wrong))) == (401, "UNAUTHENTICATED")
    assert code_of(await client.get("/v1/attempt")) == (401, "UNAUTHENTICATED")
    for method, path in (("POST", "/graphql"), ("POST", "/v1/traces"), ("GET", "/metrics")):
        answer = await client.request(method, path, json={"query": VIEWER}, headers=bearer(token))
        assert code_of(answer) == (401, "UNAUTHENTICATED")


async def test_only_the_hash_of_a_token_is_stored_and_a_new_one_replaces_it(
    client: httpx.AsyncClient, database: Database, hold: Hold
):
    first, second = [await token_for(database, hold) for _ in range(2)]
    async with database.read() as session:
        (row,) = (await session.execute(select(attempt_tokens))).all()

    assert row.sha256 == hashlib.sha256(second.encode()).hexdigest()
    assert (await client.get("/v1/attempt", headers=bearer(first))).status_code == 401
    assert (await client.get("/v1/attempt", headers=bearer(second))).status_code == 200


async def test_a_token_is_refused_once_its_attempt_is_over(client: httpx.AsyncClient, database: Database, hold: Hold):
    token = await token_for(database, hold)
    second = await next_attempt(database, hold)
    newer = await token_for(database, second)

    assert code_of(await client.post("/v1/attempt/batches", json=batch(1), headers=bearer(token))) == (410, "CONFLICT")
    assert (await client.post("/v1/attempt/outcome", json=outcome(second), headers=bearer(newer))).status_code == 204
    refused = await client.post("/v1/attempt/lease", json={"process": "h:1"}, headers=bearer(newer))
    assert code_of(refused) == (410, "CONFLICT")
    assert "COMPLETED" in refused.json()["errors"][0]["message"]
    async with database.write() as session:
        await delete_run(session, hold.id)
    assert code_of(await client.get("/v1/attempt", headers=bearer(newer))) == (401, "UNAUTHENTICATED")


async def test_an_attempt_is_performed_at_one_place(client: httpx.AsyncClient, database: Database, hold: Hold):
    headers = bearer(await token_for(database, hold))

    async def sent(place: str) -> httpx.Response:
        return await client.put("/v1/attempt/place", json={"place": place}, headers=headers)

    for _ in range(2):
        assert (await sent("node-1:/tmp/a")).status_code == 204
    for other in ("node-2:/tmp/a", "node-1:/tmp/b"):
        refused = await sent(other)
        assert code_of(refused) == (410, "CONFLICT")
        assert "performed by another process" in refused.json()["errors"][0]["message"]
    assert code_of(await sent("")) == (400, "BAD_USER_INPUT")
    assert code_of(await sent("x" * 5001)) == (400, "BAD_USER_INPUT")
    async with database.read() as session:
        assert (await session.execute(select(attempt_tokens.c.place))).scalar_one() == "node-1:/tmp/a"


async def test_a_batch_is_stored_once_and_in_order(client: httpx.AsyncClient, database: Database, hold: Hold):
    headers = bearer(await token_for(database, hold))

    async def sent(given: dict[str, Any]) -> httpx.Response:
        return await client.post("/v1/attempt/batches", json=given, headers=headers)

    for given in (batch(1, "one"), batch(1, "one"), batch(2, "two"), batch(2, "two")):
        answer = await sent(given)
        assert (answer.status_code, answer.json()) == (200, {"state": "HELD"})
    for wrong in (batch(1, "one"), batch(2, "another"), batch(4, "four")):
        assert code_of(await sent(wrong)) == (409, "CONFLICT")
    assert await texts_of(database, hold.id) == ["one", "two"]
    assert (await run_of(database, hold.id)).engine_ref == "h:1"


@pytest.mark.parametrize(
    "changed",
    [
        {"number": 0},
        {"entries": [{"type": "LOG"}]},
        {"entries": [{"type": "LOG", "at": "2026-01-01T00:00:00", "attempt": 1, "stream": "STDOUT", "text": ""}]},
        {"entries": [{"type": "LOG", "at": "2026-01-01T00:00:00Z", "attempt": 2, "stream": "STDOUT", "text": ""}]},
        {"entries": [{"type": "LOG", "at": "2026-01-01T00:00:00Z", "attempt": 1, "stream": "STDOUT", "text": "\0"}]},
        {"artifacts": [{"name": "../x", "kind": "OTHER", "byte_size": 1}]},
        {"artifacts": [{"name": "x", "kind": "OTHER", "byte_size": 1, "attempt": 1}]},
        {"weights": [{"attempt": 1, "step": 2**31, "sha256": "0"}]},
    ],
)
async def test_an_invalid_batch_is_refused_as_a_whole(
    client: httpx.AsyncClient, database: Database, hold: Hold, changed: dict[str, Any]
):
    headers = bearer(await token_for(database, hold))

    answer = await client.post("/v1/attempt/batches", json=batch(1, "one") | changed, headers=headers)

    assert code_of(answer) == (400, "BAD_USER_INPUT")
    assert await texts_of(database, hold.id) == []


async def test_a_body_has_a_limit(settings: Settings, database: Database, hold: Hold):
    headers = bearer(await token_for(database, hold))
    async with client_of(replace(settings, body_max_bytes=2000, attempt_file_max_bytes=2000)) as client:
        answer = await client.post("/v1/attempt/batches", json=batch(1, "x" * 2000), headers=headers)
        file = await client.put("/v1/attempt/files/model/x", content=b"x" * 2001, headers=headers)

    assert (answer.status_code, file.status_code) == (413, 413)


async def test_files_are_stored_whole_and_read_in_ranges(
    client: httpx.AsyncClient, database: Database, settings: Settings, hold: Hold
):
    token, content = await token_for(database, hold), b"weights"
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
    good, path = bearer(token) | {"Content-Digest": digest}, "/v1/attempt/files/model/model.safetensors"

    refused = await client.put(path, content=b"weight", headers=good)
    assert code_of(refused) == (400, "BAD_USER_INPUT")
    for _ in range(2):
        assert (await client.put(path, content=content, headers=good)).status_code == 204
    stored = f"/v1/attempt/files/{hold.id}/1/model/model.safetensors"
    part = await client.get(stored, headers=bearer(token) | {"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"igh")
    for name in ("..%2f..%2fsecret", "a//b", "%2e%2e/x", "x%5cy"):
        assert (await client.put(f"/v1/attempt/files/{name}", content=b"", headers=good)).status_code in {400, 404}
    assert not (settings.data_dir / "attempt-files").exists() or not any(
        (settings.data_dir / "attempt-files").iterdir()
    )
    other = await held_run(database, settings, output_name="other")
    foreign = await client.get(
        f"/v1/attempt/files/{hold.id}/1/model/model.safetensors", headers=bearer(await token_for(database, other))
    )
    assert code_of(foreign) == (404, "NOT_FOUND")


@pytest.mark.parametrize("changed", [{"status": "RUNNING"}, {"exit_code": 2**40}, {"message": "x" * 10_001}])
async def test_an_invalid_outcome_is_refused(
    client: httpx.AsyncClient, database: Database, hold: Hold, changed: dict[str, Any]
):
    report = outcome(hold)
    report["outcome"] |= changed

    answer = await client.post("/v1/attempt/outcome", json=report, headers=bearer(await token_for(database, hold)))

    assert code_of(answer) == (400, "BAD_USER_INPUT")
    assert (await run_of(database, hold.id)).status == "RUNNING"
