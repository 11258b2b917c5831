"""Training runs in the queue, their output, and their deletion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.runs import (
    StandIn,
    enter_run,
    folder_of_run,
    make_dataset,
    run_of,
    sequence_of,
    until_status,
)
from tests.support.supervised_runs import (
    check_sequence,
    database,
    losses,
    run_settings,
    training,
    worker_process,
    working,
)
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.files import DELETED_FILE, mark_deleted
from tunix_rt.domain.runs.lifecycle import delete_run
from tunix_rt.domain.runs.removal import delete_with_folder
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import Conflict
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.settings import Settings

__all__ = ["database", "run_settings"]


async def test_runs_wait_in_order_for_a_slot(database: Database, run_settings: Settings, stand_in: StandIn):
    stand_in.waits()
    dataset = await make_dataset(database)
    first, second, third = [await enter_run(database, run_settings, dataset) for _ in range(3)]
    async with working(database, replace(run_settings, run_slots=2)):
        for run_id in (first, second):
            await training(database, run_settings, stand_in, run_id)
        assert (await run_of(database, third)).status == "PENDING"
        stand_in.open()
        rows = [await until_status(database, run_id) for run_id in (first, second, third)]

    assert [row.status for row in rows] == ["COMPLETED"] * 3
    assert rows[2].started_at >= min(row.completed_at for row in rows[:2])


async def test_two_workers_never_work_on_one_attempt(
    database: Database, run_settings: Settings, stand_in: StandIn, tmp_path: Path
):
    dataset = await make_dataset(database)
    runs = [await enter_run(database, run_settings, dataset) for _ in range(4)]
    with worker_process(run_settings, tmp_path), worker_process(run_settings, tmp_path):
        rows = [await until_status(database, run_id) for run_id in runs]

    for row in rows:
        entries = await check_sequence(database, row)
        assert (row.status, row.attempt) == ("COMPLETED", 1)
        assert losses(entries) == [(1, 1), (1, 2), (1, 3)]


async def test_a_hundred_thousand_lines_come_in_order(database: Database, run_settings: Settings, stand_in: StandIn):
    stand_in.does(lines=100_000, long_line=1_000_000)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    entries = await check_sequence(database, row)
    lines = [entry.text for entry in entries if getattr(entry, "stream", "") == "STDOUT"]
    assert lines == ["the stand-in trains", *(f"line {number}" for number in range(100_000))]
    (long,) = [entry.text for entry in entries if getattr(entry, "stream", "") == "STDERR"]
    assert long == "é" * 8192 + "… [1,983,616 more bytes in the file]"
    assert len(row.stdout.encode()) <= 10_240
    assert row.stdout.startswith("[1,088,910 bytes in total, these are the last]\n")
    assert row.stdout.endswith("line 99999\n")


async def test_a_deletion_that_was_interrupted_is_completed(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    dataset = await make_dataset(database)
    kept, gone = [await enter_run(database, run_settings, dataset, output_name=name) for name in ("kept", "gone")]
    async with working(database, run_settings):
        rows = [await until_status(database, run_id) for run_id in (kept, gone)]
    folders = [folder_of_run(run_settings, row) for row in rows]
    for folder in folders:
        mark_deleted(folder)
    async with database.write() as session:
        assert await delete_run(session, gone) == "gone"

    await Runs(run_settings).sweep(database)

    assert [folder.exists() for folder in folders] == [True, False]
    assert not (folders[0] / DELETED_FILE).exists()


async def test_what_runs_is_not_deleted(database: Database, run_settings: Settings, stand_in: StandIn):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        await training(database, run_settings, stand_in, run_id)
        with pytest.raises(Conflict):
            await delete_with_folder(database, run_id, run_settings.data_dir, open_storage(run_settings))
        stand_in.open()
        row = await until_status(database, run_id)
    await delete_with_folder(database, run_id, run_settings.data_dir, open_storage(run_settings))

    assert not folder_of_run(run_settings, row).exists()
    assert await sequence_of(database, run_id) == []
