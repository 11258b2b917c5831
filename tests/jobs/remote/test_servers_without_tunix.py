"""A server that cannot train queues runs for workers elsewhere, and its own worker leaves them to those."""

from __future__ import annotations

import types
import uuid
from typing import Any

import pytest

from tests.support.remote_attempts import held_run, token_for
from tests.support.runs import StandIn, enter_run, make_dataset, run_of, until_status, with_stand_in
from tests.support.supervised_runs import runner_of
from tunix_rt.db.models import workers
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import WorkerClaim, register
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return with_stand_in(settings, stand_in, worker=False)


async def started(database: Database, settings: Settings, *labels: str) -> tuple[str, str]:
    """The status and the message of a run that a server without Tunix has started."""
    runner = runner_of(database, settings, Worker(database, []), available=False)
    dataset = await make_dataset(database, name=uuid.uuid4().hex)
    config = RunConfig(dataset_id=dataset, model_id="tiny-random/qwen3", mode=RunMode.TRAIN, labels=labels)
    row = await runner.start(config)
    return row["status"], row["message"]


async def add_remote_worker(database: Database, *labels: str) -> None:
    """Registers a worker without the database."""
    given: dict[str, Any] = {"worker": uuid.uuid4(), "host": "h", "process_id": 1, "version": "1"}
    async with database.write() as session:
        await register(session, WorkerClaim(**given, kinds=[JobKindName.RUN], labels=list(labels)))


class NoTunix:
    """A machine that cannot train."""

    async def status(self) -> Any:
        return types.SimpleNamespace(available=False, message="")


async def test_a_run_fails_at_once_if_nobody_is_known_to_train_it(database: Database, settings: Settings):
    assert await started(database, settings) == ("FAILED", "Install it: pip install it")


async def test_a_run_that_requires_labels_waits_for_a_worker_that_has_them(database: Database, settings: Settings):
    message = "It is queued. When it was started, no live worker had the labels that it requires: gpu."

    assert await started(database, settings, "gpu") == ("PENDING", message)
    await add_remote_worker(database, "gpu")
    assert await started(database, settings, "gpu") == ("PENDING", "It is queued.")


async def test_a_run_waits_if_a_worker_elsewhere_is_alive_or_has_trained_before(database: Database, settings: Settings):
    await add_remote_worker(database)
    assert await started(database, settings) == ("PENDING", "It is queued.")
    async with database.write() as session:
        await session.execute(workers.delete())
    assert (await started(database, settings))[0] == "FAILED"
    hold = await held_run(database, settings)
    await token_for(database, hold)

    assert await started(database, settings) == (
        "PENDING",
        "It is queued. When it was started, this server could not train, and no other worker was alive.",
    )


async def test_the_worker_of_a_server_without_tunix_leaves_runs_to_workers_elsewhere(
    database: Database, settings: Settings
):
    worker = Worker(database, [Runs(settings, NoTunix())])
    await add_remote_worker(database)
    run_id = await enter_run(database, settings, await make_dataset(database))
    await worker.step()
    waiting = await run_of(database, run_id)
    async with database.write() as session:
        await session.execute(workers.delete().where(workers.c.remote))
    await worker.step()
    taken = await until_status(database, run_id)
    await worker.stop()

    assert (waiting.status, waiting.attempt) == ("PENDING", 0)
    assert (taken.status, taken.attempt) == ("COMPLETED", 1)
