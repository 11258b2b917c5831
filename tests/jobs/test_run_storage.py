"""Files of runs in an object storage: stored while a run trains, served from there, and enough to go on elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import uuid
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store

from tests.support.api import client_of
from tests.support.object_storage import BUCKET, Proxy, keys_in
from tests.support.run_storage import attempts_by_name, claimed_run, lose_disk, next_attempt, supervise, texts
from tests.support.runs import StandIn, enter_run, folder_of_run, make_dataset, run_of, sequence_of, with_stand_in
from tests.support.traces import on_sqlite
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.orphans import find_orphans
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.settings import Settings

FILES = """
query ($id: ID!) {
  run(id: $id) {
    modelArchiveUrl
    artifacts(first: 100) { nodes { name byteSize sha256 downloadUrl } }
  }
}
"""


@pytest.fixture
def settings(settings: Settings, proxy: Proxy, prefix: str, stand_in: StandIn) -> Settings:
    """The settings of a machine whose runs are stored in the object storage."""
    return with_stand_in(settings, stand_in, storage_url=f"s3://{BUCKET}/{prefix}", worker=False)


@pytest.fixture
async def hold(database: Database, settings: Settings) -> Hold:
    """The first attempt at a run."""
    await enter_run(database, settings, await make_dataset(database), output_name="first")
    return await claimed_run(database)


def key_of(hold: Hold, name: str, attempt: int | None = None) -> str:
    """The key of a run's file."""
    return f"artifacts/{hold.id}/{attempt or hold.attempt}/{name}"


def stored(database: Database, hold: Hold, *names: str) -> Any:
    """Returns a condition: these artifacts are recorded as stored."""

    async def look() -> bool:
        found = await attempts_by_name(database, hold.id)
        return all(found.get(name) is not None for name in names)

    return look


async def files_of(client: httpx.AsyncClient, run_id: uuid.UUID) -> Any:
    """The files of a run, as GraphQL lists them."""
    answer = await client.post("/graphql", json={"query": FILES, "variables": {"id": str(run_id)}})
    return answer.json()["data"]["run"]


async def test_files_are_stored_while_a_run_trains_and_served_without_its_folder(
    database: Database,
    settings: Settings,
    hold: Hold,
    bucket: S3Store,
    stand_in: StandIn,
    app_client: httpx.AsyncClient,
):
    stand_in.waits()
    supervisor = asyncio.create_task(supervise(settings, hold))
    await until(stored(database, hold, "checkpoints/1", "dataset.jsonl", "manifest.yaml"), "nothing was stored")
    assert (await run_of(database, hold.id)).status == "RUNNING"
    index = json.loads(bytes(obstore.get(bucket, key_of(hold, "checkpoints/1/.index.json")).bytes()))
    assert index["files"] == [
        {"name": name, "byteSize": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in (("empty", b""), ("weights", b"w" * 100))
    ]
    stand_in.open()
    assert await supervisor == 0

    assert (await run_of(database, hold.id)).status == "COMPLETED"
    names = await attempts_by_name(database, hold.id)
    assert set(names.values()) == {1}
    checkpoints = [f"checkpoints/{step}/{name}" for step in (1, 2, 3) for name in ("empty", "weights", ".index.json")]
    whole = [name for name in names if not name.startswith("checkpoints/")]
    assert keys_in(bucket) == sorted(key_of(hold, name) for name in checkpoints + whole)
    assert await find_orphans(database, open_storage(settings)) == {}

    lose_disk(settings)
    run = await files_of(app_client, hold.id)
    for file in run["artifacts"]["nodes"]:
        if file["downloadUrl"] is not None:
            content = (await app_client.get(file["downloadUrl"])).content
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["byteSize"], file["sha256"])
    (weights,) = [file["downloadUrl"] for file in run["artifacts"]["nodes"] if file["name"].startswith("model/")]
    part = await app_client.get(weights, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"igh")
    archive = (await app_client.get(run["modelArchiveUrl"])).content
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert {name: read.read(name) for name in read.namelist()} == {"first/model.safetensors": b"weights"}


@on_sqlite
async def test_downloads_redirect_to_a_signed_url(settings: Settings, hold: Hold):
    await supervise(settings, hold)
    async with client_of(replace(settings, storage_redirect=True)) as client:
        run = await files_of(client, hold.id)
        (url,) = [file["downloadUrl"] for file in run["artifacts"]["nodes"] if file["name"].startswith("model/")]
        answer = await client.get(url)

    assert answer.status_code == 307
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as outside:
        found = await outside.get(answer.headers["location"])
    assert (found.content, found.headers["content-disposition"]) == (
        b"weights",
        'attachment; filename="model.safetensors"',
    )


@on_sqlite
async def test_half_an_archive_is_never_served_as_a_whole(
    settings: Settings, hold: Hold, app_client: httpx.AsyncClient, bucket: S3Store, proxy: Proxy
):
    await supervise(settings, hold)
    lose_disk(settings)
    url = (await files_of(app_client, hold.id))["modelArchiveUrl"]

    async def break_off(line: str) -> None:
        if line.startswith("GET"):
            raise ConnectionError

    proxy.change(on_request=break_off)
    with pytest.raises(RuntimeError, match="response already started"):  # the connection is aborted
        await app_client.get(url)
    proxy.change(on_request=None)
    obstore.put(bucket, key_of(hold, "model/model.safetensors"), b"weight")
    assert (await app_client.get(url)).status_code == 503
    obstore.delete(bucket, key_of(hold, "model/model.safetensors"))
    assert (await app_client.get(url)).status_code == 410


@on_sqlite
async def test_a_deleted_run_leaves_nothing_in_the_storage_and_on_other_machines(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, app_client: httpx.AsyncClient, tmp_path: Path
):
    elsewhere = replace(settings, data_dir=tmp_path / "elsewhere")
    await supervise(elsewhere, hold)
    folder = folder_of_run(elsewhere, await run_of(database, hold.id))
    assert keys_in(bucket)
    await Runs(elsewhere).sweep(database)
    assert folder.exists()

    query = "mutation ($id: ID!) { deleteRun(input: {id: $id}) { errors { code } } }"
    await app_client.post("/graphql", json={"query": query, "variables": {"id": str(hold.id)}})

    assert [key for listed in obstore.list(bucket) for key in listed] == []
    await Runs(elsewhere).sweep(database)
    assert not folder.exists()


async def test_a_run_goes_on_from_the_newest_stored_checkpoint_on_an_empty_disk(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, stand_in: StandIn
):
    stand_in.does(dies_in=1)
    await supervise(settings, hold)
    assert (await run_of(database, hold.id)).status == "PENDING"
    dataset = bytes(obstore.get(bucket, key_of(hold, "dataset.jsonl")).bytes())
    lose_disk(settings)

    successor = await claimed_run(database)
    await supervise(settings, successor)

    row = await run_of(database, hold.id)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    entries = await sequence_of(database, hold.id)
    assert "It resumes from the checkpoint of step 2." in texts(entries)
    assert [(entry.attempt, entry.step) for entry in entries if getattr(entry, "name", "") == "train/loss"] == [
        (1, 1),
        (1, 2),
        (2, 3),
    ]
    assert (folder_of_run(settings, row) / "dataset.jsonl").read_bytes() == dataset
    names = await attempts_by_name(database, hold.id)
    assert {name: attempt for name, attempt in names.items() if name.startswith("checkpoints/")} == {
        "checkpoints/2": 1,
        "checkpoints/3": 2,
    }
    assert await find_orphans(database, open_storage(settings)) == {}
    assert not any("checkpoints/1/" in key for key in keys_in(bucket))


@on_sqlite
@pytest.mark.parametrize("damage", ["another content", "a missing file", "no index"])
async def test_a_damaged_checkpoint_is_passed_over(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, stand_in: StandIn, damage: str
):
    stand_in.does(dies_in=1)
    await supervise(settings, hold)
    lose_disk(settings)
    if damage == "another content":
        obstore.put(bucket, key_of(hold, "checkpoints/2/weights"), b"v" * 100)
    else:
        name = "weights" if damage == "a missing file" else ".index.json"
        obstore.delete(bucket, key_of(hold, f"checkpoints/2/{name}"))

    await supervise(settings, await claimed_run(database))

    found = texts(await sequence_of(database, hold.id))
    assert "It resumes from the checkpoint of step 1." in found
    assert "The checkpoint of step 2 is not used: " in found
    assert (await run_of(database, hold.id)).status == "COMPLETED"


@on_sqlite
async def test_a_storage_that_is_away_loses_no_checkpoint(
    database: Database, settings: Settings, hold: Hold, stand_in: StandIn, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
):
    stand_in.does(dies_in=1)
    await supervise(settings, hold)
    lose_disk(settings)
    proxy.change(refuses=True)
    monkeypatch.setattr("tunix_rt.jobs.ledgers.database.RETRY_SECONDS", 0.0)

    await supervise(settings, await claimed_run(database))

    row = await run_of(database, hold.id)
    assert (row.status, row.error_code) == ("FAILED", "UNAVAILABLE")
    assert {"checkpoints/1", "checkpoints/2"} <= set(await attempts_by_name(database, hold.id))
    proxy.change(refuses=False)
    assert await open_storage(settings).find(key_of(hold, "checkpoints/2/weights")) is not None


@on_sqlite
async def test_checkpoints_that_the_trainer_removes_are_removed_from_the_storage_while_it_trains(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits(steps=2, keeps=1, last_gate=str(tmp_path / "last"))
    supervisor = asyncio.create_task(supervise(settings, hold))
    await until(stored(database, hold, "checkpoints/1"), "nothing was stored")
    stand_in.open()

    async def only_the_last() -> bool:
        return {key.split("/")[4] for key in keys_in(bucket) if "/checkpoints/" in key} == {"2"}

    await until(only_the_last, "the first checkpoint is left")
    (tmp_path / "last").touch()
    assert await supervisor == 0
    assert await only_the_last()


@on_sqlite
async def test_an_attempt_that_was_taken_for_dead_changes_nothing(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    first = asyncio.create_task(supervise(settings, hold))
    await until(stored(database, hold, "checkpoints/1"), "nothing was stored")
    gate = stand_in.gate
    stand_in.does()
    second = await next_attempt(database, hold)
    await supervise(replace(settings, data_dir=tmp_path / "elsewhere"), second)
    before = {key: bytes(obstore.get(bucket, key).bytes()) for key in keys_in(bucket)}
    gate.touch()
    assert await first == 0

    assert (await run_of(database, hold.id)).status == "COMPLETED"
    names = await attempts_by_name(database, hold.id)
    assert {name for name, attempt in names.items() if attempt == 1} <= {
        "manifest.yaml",
        "dataset.jsonl",
        "checkpoints/1",
    }
    after = {key: bytes(obstore.get(bucket, key).bytes()) for key in keys_in(bucket)}
    assert before.items() <= after.items()
