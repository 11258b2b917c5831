"""``tunix-rt worker --server --run``: a worker of one run, which exits when that has ended."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.processes import processes_about
from tests.support.remote_attempts import ServedDatabase, remote_worker, served
from tests.support.run_storage import attempts_by_name, texts
from tests.support.runs import StandIn, enter_run, make_dataset, run_of, with_stand_in
from tests.support.supervised_runs import check_sequence, losses
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import WorkerClaim, find_status, may_claim
from tunix_rt.domain.jobs.ledger import ENDS, LEASE
from tunix_rt.domain.jobs.workers import count_live_workers_by_kind, live_workers
from tunix_rt.errors import Conflict, NotFound
from tunix_rt.jobs.remote.worker import RemoteWorker
from tunix_rt.settings import Settings

__all__ = ["served"]


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return with_stand_in(settings, stand_in, worker=False, worker_grace_seconds=0.0)


async def exit_of(process: subprocess.Popen[bytes]) -> int:
    """The exit status of a worker, which has to exit by itself."""
    return await asyncio.to_thread(process.wait, WAIT_SECONDS)


async def result_of(settings: Settings, server: str, run_id: uuid.UUID) -> JobStatus | None:
    """The result of a worker of a run in this process."""
    worker = RemoteWorker(replace(settings, server=server), run_id)
    async with asyncio.timeout(WAIT_SECONDS):
        return await worker.run(asyncio.Event())


async def make(database: Database, run_id: uuid.UUID, **columns: Any) -> None:
    """Sets columns of a run."""
    async with database.write() as session:
        await session.execute(update(tunix_runs).where(tunix_runs.c.id == run_id).values(columns))


async def test_a_worker_trains_its_run_alone_whatever_the_labels_and_exits(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    dataset = await make_dataset(database)
    older = await enter_run(database, settings, dataset)
    run_id = await enter_run(database, settings, dataset, labels=("gke",))
    with remote_worker(served.url, stand_in, tmp_path / "pod", "--run", str(run_id)) as worker:

        async def trains() -> bool:
            return (await run_of(database, run_id)).status == "RUNNING"

        await until(trains)
        async with database.read() as session:
            at = await instant(session)
            assert len(await live_workers(session, at)) == 1
            assert not any((await count_live_workers_by_kind(session, at)).values())
        stand_in.open()
        assert await exit_of(worker) == 0

    row = await run_of(database, run_id)
    assert (row.status, row.attempt) == ("COMPLETED", 1)
    assert losses(await check_sequence(database, row)) == [(1, 1), (1, 2), (1, 3)]
    waiting = await run_of(database, older)
    assert (waiting.status, waiting.attempt) == ("PENDING", 0)
    async with database.read() as session:
        assert await live_workers(session, await instant(session)) == []


async def test_a_worker_starts_each_attempt_that_is_left_and_exits_when_the_run_has_failed(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.does(dies_in=1, exit=9)
    run_id = await enter_run(database, settings, await make_dataset(database))
    await make(database, run_id, max_attempts=3)
    with remote_worker(served.url, stand_in, tmp_path / "pod", "--run", str(run_id), stderr=subprocess.PIPE) as worker:
        _, messages = await asyncio.to_thread(worker.communicate, timeout=WAIT_SECONDS)

    row = await run_of(database, run_id)
    assert (worker.returncode, row.status, row.attempt) == (1, "FAILED", 2)
    assert messages.decode().endswith("tunix-rt: The run is FAILED.\n")
    logged = [line.partition(f"run {run_id}: ")[2] for line in messages.decode().splitlines()]
    assert [event for event in logged if event.startswith("attempt")] == [
        f"attempt {attempt} {event}" for attempt in (1, 2) for event in ("starts", "has ended")
    ]


async def test_a_worker_that_is_stopped_stores_a_checkpoint_for_the_next_one(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    run_id = await enter_run(database, settings, await make_dataset(database))
    with remote_worker(served.url, stand_in, tmp_path / "first", "--run", str(run_id)) as worker:

        async def stored() -> bool:
            return (await attempts_by_name(database, run_id)).get("checkpoints/1") == 1

        await until(stored, "no checkpoint was stored")
        worker.terminate()
        assert await exit_of(worker) == 3

    assert processes_about(tmp_path / "first") == []
    row = await run_of(database, run_id)
    assert (row.status, row.attempt, row.owner) == ("PENDING", 1, None)
    stand_in.does()
    with remote_worker(served.url, stand_in, tmp_path / "second", "--run", str(run_id)) as worker:
        assert await exit_of(worker) == 0
    row = await run_of(database, run_id)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert "It resumes from the checkpoint of step 1." in texts(await check_sequence(database, row))


async def test_a_run_that_has_ended_or_does_not_exist_is_not_waited_for(
    database: Database, settings: Settings, served: ServedDatabase
):
    run_id = await enter_run(database, settings, await make_dataset(database))
    for status in ENDS:
        await make(database, run_id, status=status.value, completed_at=now())
        assert await result_of(settings, served.url, run_id) is status
    assert (await run_of(database, run_id)).attempt == 0

    await make(database, run_id, engine="ray")
    with pytest.raises(Conflict, match="The run is trained by the cluster of its engine RAY"):
        await result_of(settings, served.url, run_id)
    other = uuid.uuid4()
    with pytest.raises(NotFound, match=f"There is no run {other}."):
        await result_of(settings, served.url, other)
    async with database.read() as session:
        assert await live_workers(session, await instant(session)) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"mode": "DRY_RUN"}, "The run is a dry run"),
        ({"engine": "external"}, "The run is external"),
        ({"engine": "ray"}, "The run is trained by the cluster of its engine RAY"),
        ({"engine": "slurm"}, "The run is trained by the cluster of its engine SLURM"),
    ],
)
async def test_a_run_that_no_worker_trains_is_refused(
    database: Database, settings: Settings, columns: dict[str, Any], message: str
):
    run_id = await enter_run(database, settings, await make_dataset(database))
    await make(database, run_id, **columns)
    given = WorkerClaim(
        worker=uuid.uuid4(), host="h", process_id=1, version="1", kinds=[JobKindName.RUN], owner="a", run=run_id
    )

    async with database.read() as session:
        with pytest.raises(Conflict, match=message) as refused:
            await find_status(session, given)
        assert not await may_claim(session, given, LEASE, timedelta())
    assert refused.value.path == ("run",)
