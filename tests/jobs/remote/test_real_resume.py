"""A real training that loses its machine: a worker with an empty folder goes on from the newest stored checkpoint."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.processes import processes_about
from tests.support.remote_attempts import ServedDatabase, remote_worker, served, worker_folder
from tests.support.run_storage import attempts_by_name, texts
from tests.support.runs import enter_run, let_lapse, make_dataset, run_of, until_status
from tests.support.supervised_runs import check_sequence, losses
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.manifest import Training
from tunix_rt.jobs.supervision.folder import known_processes
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import CACHE_VARIABLE, EVENTS_FILE

__all__ = ["served"]

STEPS, SAVED = 160, 40
TRAINING_SECONDS = 900.0
"""The longest wait for a training. It measures no speed."""
WEIGHTS = "model/model.safetensors"


@dataclass(frozen=True)
class RealTrainer:
    """Tunix in this interpreter, with the compiled programs of the tests' session."""

    compiled: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a worker starts it."""
        return {CACHE_VARIABLE: str(self.compiled)}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs no jobs itself, and waits for no lost attempt."""
    return replace(settings, worker=False, worker_grace_seconds=0.0)


async def freeze_after_checkpoint(folder: Path) -> None:
    """Stops the trainer's process in a run's folder once it has reported a checkpoint."""

    def has_saved() -> bool:
        with suppress(FileNotFoundError):
            return '"checkpoint"' in (folder / EVENTS_FILE).read_text()
        return False

    await until(lambda: asyncio.to_thread(has_saved), "no checkpoint was saved", seconds=TRAINING_SECONDS)
    processes = await asyncio.to_thread(known_processes, folder)
    assert processes is not None
    os.kill(processes.trainer, signal.SIGSTOP)


def kill_machine(folder: Path) -> None:
    """Kills every process that has its data in a folder."""
    for process in processes_about(folder):
        with suppress(ProcessLookupError):  # it may have ended with another one
            os.kill(process, signal.SIGKILL)


def last_reported_step(folder: Path) -> int:
    """The last step in the events of a run's folder."""
    lines = (folder / EVENTS_FILE).read_text().splitlines()
    return max(event.get("step") or 0 for event in map(json.loads, lines))


@on_sqlite
async def test_the_weights_of_a_training_that_changed_its_machine_are_those_of_an_undisturbed_one(
    database: Database, settings: Settings, served: ServedDatabase, compiled: Path, tmp_path: Path
):
    trainer = RealTrainer(compiled)
    dataset = await make_dataset(database, traces=4)
    given = {"training": Training(batch_size=2, max_steps=STEPS, save_every_steps=SAVED, learning_rate=0.01, seed=7)}

    def weights(run_id: uuid.UUID, attempt: int) -> bytes:
        return (served.data_dir / "artifacts" / str(run_id) / str(attempt) / WEIGHTS).read_bytes()

    run_id = await enter_run(database, settings, dataset, **given)
    first = tmp_path / "first"
    with remote_worker(served.url, trainer, first) as worker:
        await freeze_after_checkpoint(folder := worker_folder(served.url, first) / "runs" / str(run_id))

        async def is_stored() -> bool:
            return (await attempts_by_name(database, run_id)).get(f"checkpoints/{SAVED}") == 1

        await until(is_stored, "the checkpoint was not stored", seconds=TRAINING_SECONDS)
        assert await asyncio.to_thread(last_reported_step, folder) < STEPS
        worker.kill()
        kill_machine(first)
    await let_lapse(database, run_id)
    with remote_worker(served.url, trainer, tmp_path / "second"):
        row = await until_status(database, run_id, seconds=TRAINING_SECONDS)
        undisturbed = await enter_run(database, settings, dataset, **given)
        whole = await until_status(database, undisturbed, seconds=TRAINING_SECONDS)

    assert (row.status, row.attempt) == ("COMPLETED", 2), row.message
    assert (whole.status, whole.attempt) == ("COMPLETED", 1), whole.message
    entries = await check_sequence(database, row)
    again = [step for attempt, step in losses(entries) if attempt == 2]
    assert again[0] > SAVED
    assert again == list(range(again[0], STEPS + 1))
    assert f"It resumes from the checkpoint of step {again[0] - 1}." in texts(entries)
    assert weights(run_id, 2) == weights(undisturbed, 1)
    assert (await run_of(database, run_id)).step == STEPS
