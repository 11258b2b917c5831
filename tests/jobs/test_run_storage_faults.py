"""Runs whose object storage fails: no training waits for it, and none is completed before its files are stored."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from tests.support.object_storage import BUCKET, Proxy, keys_in
from tests.support.run_storage import attempts_by_name, claimed_run, next_attempt, supervise
from tests.support.runs import StandIn, enter_run, folder_of_run, make_dataset, run_of, with_stand_in
from tests.support.servers import clean_environment
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.orphans import find_orphans
from tunix_rt.domain.runs.lifecycle import cancel_run, retry_run
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.supervision.outcome import read_outcome
from tunix_rt.settings import Settings

pytestmark = on_sqlite


@pytest.fixture
def settings(settings: Settings, proxy: Proxy, prefix: str, stand_in: StandIn) -> Settings:
    """The settings of a machine whose runs are stored in the object storage."""
    return with_stand_in(settings, stand_in, storage_url=f"s3://{BUCKET}/{prefix}", worker=False)


@pytest.fixture
async def hold(database: Database, settings: Settings) -> Hold:
    """The first attempt at a run."""
    await enter_run(database, settings, await make_dataset(database), output_name="first")
    return await claimed_run(database)


async def trained(database: Database, settings: Settings, hold: Hold) -> None:
    """Returns once a training is complete, but not recorded."""
    folder = folder_of_run(settings, await run_of(database, hold.id))

    async def look() -> bool:
        return await asyncio.to_thread(read_outcome, folder) is not None

    await until(look, "it has not trained")
    assert (await run_of(database, hold.id)).status == "RUNNING"


FAILURES: dict[str, dict[str, Any]] = {
    "away": {"refuses": True},
    "503": {"status": "503 Slow Down"},
    "full": {"full": True},
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_run_is_completed_once_its_files_are_stored(
    database: Database,
    settings: Settings,
    hold: Hold,
    bucket: S3Store,
    proxy: Proxy,
    failure: str,
    caplog: pytest.LogCaptureFixture,
):
    async def failed(count: int) -> bool:
        return sum(record.message.startswith("object storage: ") for record in caplog.records) >= count

    proxy.change(**FAILURES[failure])
    supervisor = asyncio.create_task(supervise(settings, hold))
    await trained(database, settings, hold)
    before = len(caplog.records)
    await until(lambda: failed(before + 2), "it does not try again")  # one may be of an upload in progress
    assert (keys_in(bucket), (await run_of(database, hold.id)).status) == ([], "RUNNING")

    proxy.change(refuses=False, status=None, full=False)
    assert await supervisor == 0

    row = await run_of(database, hold.id)
    assert (row.status, row.attempt, row.message) == ("COMPLETED", 1, "Trained 3 steps; training loss 0.3333.")
    assert set((await attempts_by_name(database, hold.id)).values()) == {1}


async def test_failed_uploads_are_reported_once_in_the_log_of_a_run_that_trains(
    database: Database, settings: Settings, hold: Hold, proxy: Proxy, stand_in: StandIn
):
    stand_in.waits()
    proxy.change(refuses=True)
    supervisor = asyncio.create_task(supervise(settings, hold))
    log = folder_of_run(settings, await run_of(database, hold.id)) / "stderr.log"

    async def reported() -> bool:
        return log.exists() and bool(log.read_bytes())

    await until(reported, "nothing was reported")
    tried = len(proxy.requests)
    proxy.change(refuses=False, status="503 Slow Down")
    await until(lambda: requested_more(proxy, tried), "nothing was tried again")
    stand_in.open()
    proxy.change(status=None)
    assert await supervisor == 0

    row = await run_of(database, hold.id)
    warning = "warning: An upload failed and will be repeated: The object storage cannot be reached or has failed.\n"
    assert (row.status, row.stderr) == ("COMPLETED", warning)


async def requested_more(proxy: Proxy, count: int) -> bool:
    """Returns whether the storage got more requests than before."""
    return len(proxy.requests) > count + 4


async def test_a_slow_storage_gets_everything(database: Database, settings: Settings, hold: Hold, proxy: Proxy):
    proxy.change(pause=0.02)

    assert await supervise(settings, hold) == 0

    assert (await run_of(database, hold.id)).status == "COMPLETED"
    assert set((await attempts_by_name(database, hold.id)).values()) == {1}


async def test_a_trained_run_is_cancelled_while_the_storage_is_away(
    database: Database, settings: Settings, hold: Hold, proxy: Proxy
):
    proxy.change(refuses=True)
    supervisor = asyncio.create_task(supervise(settings, hold))
    await trained(database, settings, hold)
    async with database.write() as session:
        await cancel_run(session, hold.id, now())
    assert await supervisor == 0

    row = await run_of(database, hold.id)
    assert (row.status, row.message) == ("CANCELLED", "It was cancelled before its files were stored.")


async def test_a_refused_upload_fails_the_run_and_a_retry_stores_the_files(
    database: Database, settings: Settings, hold: Hold, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert await supervise(settings, hold) == 0
    row = await run_of(database, hold.id)
    assert (row.status, row.error_code, row.exit_code) == ("FAILED", "UNAVAILABLE", 0)
    assert row.message == (
        "Training has finished, but its files cannot be stored: The object storage refuses the request; "
        "check its credentials and permissions. Retry the run to store them."
    )

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-tests")
    async with database.write() as session:
        await retry_run(session, hold.id, settings, now())
    assert await supervise(settings, await claimed_run(database)) == 0

    assert (await run_of(database, hold.id)).status == "COMPLETED"
    assert set((await attempts_by_name(database, hold.id)).values()) == {2}


async def test_a_failed_run_does_not_wait_for_the_storage(
    database: Database, settings: Settings, hold: Hold, proxy: Proxy, stand_in: StandIn
):
    stand_in.does(error="NON_FINITE_LOSS")
    proxy.change(refuses=True)

    assert await supervise(settings, hold) == 0

    row = await run_of(database, hold.id)
    assert (row.status, row.error_code) == ("FAILED", "BAD_USER_INPUT")
    assert set((await attempts_by_name(database, hold.id)).values()) == {None}


async def test_files_of_another_process_are_not_overwritten(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store
):
    weights = f"artifacts/{hold.id}/1/model/model.safetensors"
    obstore.put(bucket, f"artifacts/{hold.id}/1/.claim", b"another worker")
    obstore.put(bucket, weights, b"its file")

    assert await supervise(settings, hold) == 0

    row = await run_of(database, hold.id)
    assert (row.status, row.error_code) == ("FAILED", "CONFLICT")
    assert bytes(obstore.get(bucket, weights).bytes()) == b"its file"


async def test_a_supervisor_killed_between_upload_and_record_leaves_orphans_that_the_next_attempt_replaces(
    database: Database, settings: Settings, hold: Hold, bucket: S3Store, proxy: Proxy
):
    uploaded, killed = asyncio.Event(), asyncio.Event()

    async def hold_the_check(line: str) -> None:
        if line.startswith("HEAD") and "model.safetensors" in line:
            uploaded.set()
            await killed.wait()

    proxy.change(on_request=hold_the_check)
    command = [sys.executable, "-m", "tunix_rt.jobs.runs.process", str(hold.id), "1", hold.owner]
    environment = clean_environment() | settings.environment() | {"STAND_IN_PLAN": os.environ["STAND_IN_PLAN"]}
    process = await asyncio.to_thread(subprocess.Popen, command, env=environment, stdin=subprocess.DEVNULL)
    await uploaded.wait()
    os.kill(process.pid, signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    killed.set()
    proxy.change(on_request=None)
    weights = f"artifacts/{hold.id}/1/model/model.safetensors"
    assert weights in keys_in(bucket)
    assert (await attempts_by_name(database, hold.id))["model/model.safetensors"] is None
    assert await find_orphans(database, open_storage(settings)) == {}  # the attempt may still record it

    successor = await next_attempt(database, hold)
    orphans = await find_orphans(database, open_storage(settings))
    assert weights in [stored.key for files in orphans.values() for stored in files]
    assert await supervise(settings, successor) == 0

    assert (await run_of(database, hold.id)).status == "COMPLETED"
    assert weights not in keys_in(bucket)
    assert (await attempts_by_name(database, hold.id))["model/model.safetensors"] == 2
    assert await find_orphans(database, open_storage(settings)) == {}


async def test_a_shared_folder_has_the_files_too(
    database: Database, settings: Settings, hold: Hold, tmp_path: Path, stand_in: StandIn
):
    shared = replace(settings, storage_url=f"file://{tmp_path}/shared")
    stand_in.does(dies_in=1)
    await supervise(shared, hold)
    elsewhere = replace(shared, data_dir=tmp_path / "elsewhere")

    await supervise(elsewhere, await claimed_run(database))

    row = await run_of(database, hold.id)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert (tmp_path / "shared" / "artifacts" / str(hold.id) / "2" / "model" / "model.safetensors").exists()
    assert (folder_of_run(elsewhere, row) / "model" / "model.safetensors").read_bytes() == b"weights"
    assert not (folder_of_run(elsewhere, row) / "checkpoints" / "1").exists()
    assert await find_orphans(database, open_storage(shared)) == {}
