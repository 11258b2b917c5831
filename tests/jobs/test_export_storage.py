"""Exports in an object storage: stored as a whole and recorded afterwards, whatever fails in between."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store
from sqlalchemy import insert, update

from tests.support.api import client_of, listening
from tests.support.factories import trace, trace_row
from tests.support.job_processes import claimed, export_in, lapse, start_job
from tests.support.ledger import export_row
from tests.support.object_storage import BUCKET, Proxy, keys_in
from tests.support.traces import on_sqlite
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.app import create_app
from tunix_rt.cli.client.remote import RemoteClient
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.files import folder_of, storage_key
from tunix_rt.domain.exports.lifecycle import cancel_export
from tunix_rt.domain.jobs.queue import Hold, settle_expired
from tunix_rt.domain.orphans import find_orphans
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.exports.process import run
from tunix_rt.settings import Settings


@pytest.fixture
def settings(settings: Settings, proxy: Proxy, prefix: str) -> Settings:
    """The settings of a server whose files are in the object storage."""
    return replace(settings, storage_url=f"s3://{BUCKET}/{prefix}", worker=False)


@pytest.fixture
async def export_id(database: Database) -> uuid.UUID:
    """A pending export of one trace."""
    row = trace_row(trace())
    entered = export_row(now(), recipe={"type": "traces", "ids": [str(row["id"])] * 3})
    async with database.write() as session:
        await session.execute(insert(traces), [row])
        await session.execute(insert(exports), [entered])
    found: uuid.UUID = entered["id"]
    return found


@pytest.fixture
async def hold(database: Database, export_id: uuid.UUID) -> Hold:
    """The first attempt at it."""
    return await claimed(database)


async def url_of(client: httpx.AsyncClient, export_id: uuid.UUID, server: str = "") -> str:
    """Returns the download URL of an export."""
    query = "query ($id: ID!) { export(id: $id) { downloadUrl } }"
    answer = await client.post(f"{server}/graphql", json={"query": query, "variables": {"id": str(export_id)}})
    url: str = answer.json()["data"]["export"]["downloadUrl"]
    return url


async def test_a_file_is_stored_recorded_and_served(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, app_client: httpx.AsyncClient
):
    assert await run(settings, hold) == 0

    row = await export_in(database, hold.id)
    assert (row.status, keys_in(bucket)) == ("COMPLETED", [storage_key(row.path)])
    content = bytes(obstore.get(bucket, storage_key(row.path)).bytes())
    assert (len(content), hashlib.sha256(content).hexdigest()) == (row.byte_size, row.sha256)
    assert list(settings.data_dir.rglob("*.jsonl*")) == []
    url = await url_of(app_client, hold.id)
    whole = await app_client.get(url)
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, content, f'"{row.sha256}"')
    part = await app_client.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, content[5:10])
    parts = await app_client.get(url, headers={"Range": "bytes=0-1,-2"})
    assert content[:2] in parts.content
    assert content[-2:] in parts.content
    assert (await app_client.get(url, headers={"If-None-Match": f'"{row.sha256}"'})).status_code == 304
    head = await app_client.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(content)))


@on_sqlite
async def test_a_file_is_removed_with_its_export(
    settings: Settings, hold: Hold, bucket: S3Store, app_client: httpx.AsyncClient
):
    await run(settings, hold)
    url = await url_of(app_client, hold.id)
    query = "mutation ($id: ID!) { deleteExport(input: {id: $id}) { errors { code } } }"

    await app_client.post("/graphql", json={"query": query, "variables": {"id": str(hold.id)}})

    assert keys_in(bucket) == []
    assert (await app_client.get(url)).status_code == 404


@on_sqlite
async def test_an_expired_file_is_removed_from_the_storage(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store
):
    await run(settings, hold)
    async with database.write() as session:
        await session.execute(update(exports).values(expires_at=now() - timedelta(seconds=1)))

    await Exports(settings).sweep(database)

    assert ((await export_in(database, hold.id)).path, keys_in(bucket)) == (None, [])


@on_sqlite
async def test_a_download_redirects_to_a_signed_url(settings: Settings, hold: Hold, bucket: S3Store):
    await run(settings, hold)
    own = replace(settings, storage_redirect=True)
    async with client_of(own) as client:
        url = await url_of(client, hold.id)
        answer = await client.get(url)
        head = await client.head(url)
        mismatch = await client.get(url, headers={"If-Match": '"other"'})

    assert (answer.status_code, head.status_code, mismatch.status_code) == (307, 200, 412)
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as outside:
        found = await outside.get(answer.headers["location"], headers={"Range": "bytes=0-3"})
    assert (found.status_code, found.content) == (206, bytes(obstore.get(bucket, keys_in(bucket)[0]).bytes())[:4])
    assert found.headers["content-disposition"] == 'attachment; filename="traces.jsonl"'


@on_sqlite
async def test_a_command_follows_the_redirect_without_its_key(
    database: Database, settings: Settings, hold: Hold, tmp_path: Path
):
    await run(settings, hold)
    own = replace(settings, storage_redirect=True)
    headers = {"Authorization": "Bearer not-for-the-storage"}  # which refuses a second authentication
    http = httpx.AsyncClient(headers=headers, trust_env=False, timeout=WAIT_SECONDS)
    async with listening(create_app(own), own) as address, http:
        url = await url_of(http, hold.id, f"http://{address}")
        await RemoteClient(f"http://{address}", http).download(url, tmp_path / "file")

    row = await export_in(database, hold.id)
    assert hashlib.sha256((tmp_path / "file").read_bytes()).hexdigest() == row.sha256


@on_sqlite
async def test_an_export_waits_for_the_storage(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, proxy: Proxy
):
    proxy.change(refuses=True)
    process = asyncio.create_task(run(settings, hold))
    await until(part_written(settings, hold), "the file was not written")
    assert (await export_in(database, hold.id)).status == "RUNNING"

    proxy.change(refuses=False, status="503 Slow Down")
    await until(lambda: requested(proxy, "PUT"), "nothing was uploaded")
    assert keys_in(bucket) == []
    proxy.change(status=None)

    assert await process == 0
    row = await export_in(database, hold.id)
    assert (row.status, row.attempt, keys_in(bucket)) == ("COMPLETED", 1, [storage_key(row.path)])


@on_sqlite
async def test_an_export_is_cancelled_while_the_storage_is_away(
    database: Database, settings: Settings, hold: Hold, proxy: Proxy
):
    proxy.change(refuses=True)
    process = asyncio.create_task(run(settings, hold))
    await until(part_written(settings, hold), "the file was not written")
    async with database.write() as session:
        await cancel_export(session, hold.id, now())

    assert await process == 0
    assert (await export_in(database, hold.id)).status == "CANCELLED"
    assert not (folder_of(settings.data_dir, hold.id) / "1").exists()


def part_written(settings: Settings, hold: Hold) -> Any:
    """Returns a condition: the file of an export is waiting to be stored."""

    async def look() -> bool:
        return any(folder_of(settings.data_dir, hold.id).rglob("*.part"))

    return look


async def requested(proxy: Proxy, method: str) -> bool:
    """Returns whether the storage got a request with a method."""
    return any(line.startswith(method) for line in proxy.requests)


@on_sqlite
async def test_a_refusal_fails_the_export_at_once(
    database: Database, settings: Settings, hold: Hold, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")

    assert await run(settings, hold) == 0

    row = await export_in(database, hold.id)
    assert (row.status, row.error_code, row.attempt) == ("FAILED", "UNAVAILABLE", 1)
    assert "credentials" in row.error_message


@on_sqlite
async def test_a_process_killed_between_upload_and_record_leaves_an_orphan_that_the_next_attempt_removes(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, proxy: Proxy
):
    uploaded, killed = asyncio.Event(), asyncio.Event()

    async def hold_the_check(line: str) -> None:
        if line.startswith("HEAD"):
            uploaded.set()
            await killed.wait()

    proxy.change(on_request=hold_the_check)
    process = start_job(settings, hold)
    await uploaded.wait()
    os.kill(process.pid, signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    killed.set()
    proxy.change(on_request=None)

    row = await export_in(database, hold.id)
    assert (row.status, row.path, keys_in(bucket)) == ("RUNNING", None, [f"exports/{hold.id}/1/traces.jsonl"])
    assert await find_orphans(database, open_storage(settings)) == {}  # the attempt may still record it
    await lapse(database, hold.id)
    async with database.write() as session:
        await settle_expired(session, exports, now())
    successor = await claimed(database)
    assert (successor.id, successor.attempt) == (hold.id, 2)
    orphans = await find_orphans(database, open_storage(settings))
    assert [folder.attempt for folder in orphans] == [1]

    assert await run(settings, successor) == 0

    row = await export_in(database, hold.id)
    assert (row.status, keys_in(bucket)) == ("COMPLETED", [f"exports/{hold.id}/2/traces.jsonl"])
    assert await find_orphans(database, open_storage(settings)) == {}


@on_sqlite
async def test_another_process_cannot_store_files_of_the_same_attempt(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store
):
    obstore.put(bucket, f"exports/{hold.id}/1/.claim", b"another worker")
    obstore.put(bucket, f"exports/{hold.id}/1/traces.jsonl", b"its file")

    assert await run(settings, hold) == 0

    row = await export_in(database, hold.id)
    assert (row.status, row.error_code) == ("FAILED", "CONFLICT")
    assert bytes(obstore.get(bucket, f"exports/{hold.id}/1/traces.jsonl").bytes()) == b"its file"


@on_sqlite
async def test_a_download_fails_if_the_storage_does(
    settings: Settings, hold: Hold, app_client: httpx.AsyncClient, proxy: Proxy
):
    await run(settings, hold)
    url = await url_of(app_client, hold.id)
    proxy.change(status="503 Slow Down")

    answer = await app_client.get(url)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")


@on_sqlite
async def test_a_file_of_another_size_than_recorded_is_not_served(
    settings: Settings, hold: Hold, app_client: httpx.AsyncClient, bucket: S3Store
):
    await run(settings, hold)
    (key,) = keys_in(bucket)
    obstore.put(bucket, key, bytes(obstore.get(bucket, key).bytes())[:-1])

    answer = await app_client.get(await url_of(app_client, hold.id))

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")


@on_sqlite
async def test_half_a_file_is_never_served_as_a_whole(
    database: Database, settings: Settings, hold: Hold, app_client: httpx.AsyncClient, proxy: Proxy
):
    await run(settings, hold)
    url = await url_of(app_client, hold.id)
    proxy.change(cut_after=600)  # the response to HEAD passes, a part of the content does

    try:
        content: bytes | None = (await app_client.get(url)).content
    except Exception:  # the connection is aborted
        content = None

    assert await requested(proxy, "GET")
    assert content is None or len(content) < (await export_in(database, hold.id)).byte_size


@on_sqlite
async def test_an_export_waits_until_a_full_storage_has_space(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, proxy: Proxy
):
    proxy.change(full=True)
    process = asyncio.create_task(run(settings, hold))
    await until(lambda: requested(proxy, "PUT"), "nothing was uploaded")
    assert ((await export_in(database, hold.id)).status, keys_in(bucket)) == ("RUNNING", [])

    proxy.change(full=False)

    assert await process == 0
    row = await export_in(database, hold.id)
    assert (row.status, row.attempt, keys_in(bucket)) == ("COMPLETED", 1, [storage_key(row.path)])


@on_sqlite
async def test_an_export_renews_its_lease_while_a_slow_storage_takes_the_file(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, proxy: Proxy
):
    renewed: list[Any] = []

    async def wait_for_a_heartbeat(line: str) -> None:
        before = (await export_in(database, hold.id)).lease_expires_at

        async def look() -> bool:
            return bool((await export_in(database, hold.id)).lease_expires_at > before)

        await until(look, "the lease was not renewed")
        renewed.append(line)

    proxy.change(on_request=wait_for_a_heartbeat)

    assert await run(settings, hold) == 0

    assert len(renewed) >= 3  # the claim, the file, and the check of its size
    row = await export_in(database, hold.id)
    assert (row.status, row.attempt, keys_in(bucket)) == ("COMPLETED", 1, [storage_key(row.path)])
