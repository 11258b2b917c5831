"""Training runs in separate processes: what they record, for each kind of end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.runs import (
    StandIn,
    artifacts_of,
    enter_run,
    folder_of_run,
    make_dataset,
    sequence_of,
    until_status,
    with_stand_in,
)
from tunix_rt.db.session import Database
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings


@pytest.fixture
def run_settings(settings: Settings, stand_in: StandIn) -> Settings:
    """Settings with the stand-in as trainer."""
    return with_stand_in(settings, stand_in)


@pytest.fixture
async def worker(database: Database, run_settings: Settings) -> AsyncIterator[Worker]:
    """A worker in this process."""
    worker = Worker(database, [Runs(run_settings)])
    worker.start()
    yield worker
    await worker.stop()


async def test_a_run_trains_and_all_its_output_is_kept(database: Database, run_settings: Settings, worker: Worker):
    run_id = await enter_run(database, run_settings, await make_dataset(database), output_name="first")
    worker.wake()

    row = await until_status(database, run_id)

    assert (row.status, row.exit_code, row.attempt, row.progress) == ("COMPLETED", 0, 1, 1.0)
    assert (row.step, row.total_steps, row.epoch) == (3, 3, 1.0)
    assert (row.message, row.stdout, row.stderr) == (
        "Trained 3 steps; training loss 0.3333.",
        "the stand-in trains\n",
        "",
    )
    entries = await sequence_of(database, run_id)
    assert [entry.seq for entry in entries] == list(range(1, row.last_seq + 1))
    losses = [(entry.step, entry.value) for entry in entries if getattr(entry, "name", "") == "train/loss"]
    assert losses == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    assert [entry.status for entry in entries if hasattr(entry, "status")][-2:] == ["RUNNING", "COMPLETED"]
    assert [entry.text for entry in entries if hasattr(entry, "text")] == ["the stand-in trains"]
    folder = folder_of_run(run_settings, row)
    assert folder == run_settings.data_dir / "runs" / "first"
    assert row.manifest == await asyncio.to_thread((folder / "manifest.yaml").read_text)
    assert len((folder / "dataset.jsonl").read_bytes().splitlines()) == 2
    assert await artifacts_of(database, run_id) == {
        "manifest.yaml": "MANIFEST",
        "dataset.jsonl": "OTHER",
        "stdout.log": "LOG",
        "stderr.log": "LOG",
        "events.jsonl": "EVENTS",
        "checkpoints/1": "CHECKPOINT",
        "checkpoints/2": "CHECKPOINT",
        "checkpoints/3": "CHECKPOINT",
        "model/model.safetensors": "WEIGHTS",
    }
