"""Workers without the database, as processes of ``tunix-rt worker --server``, and the claims that they make."""

from __future__ import annotations

import os
import signal
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.processes import processes_about
from tests.support.remote_attempts import ServedDatabase, held_run, remote_worker, served, token_for
from tests.support.run_storage import attempts_by_name, texts
from tests.support.runs import StandIn, enter_run, let_lapse, make_dataset, run_of, until_status, with_stand_in
from tests.support.supervised_runs import check_sequence, losses
from tests.support.waiting import until
from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import ClaimedAttempt, WorkerClaim, claim_attempt, may_claim, register
from tunix_rt.domain.jobs.workers import live_workers
from tunix_rt.errors import BadUserInput, ValidationErrors
from tunix_rt.jobs.engines.base import Leftovers
from tunix_rt.jobs.engines.local import LocalEngine
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

__all__ = ["served"]

LEASE, GRACE = timedelta(seconds=60), timedelta(seconds=900)


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself, and waits for no lost attempt."""
    return with_stand_in(settings, stand_in, worker=False, worker_grace_seconds=0.0)


def claim_of(
    *labels: str, owner: str | None = "w:1:a", kinds: tuple[JobKindName, ...] = (JobKindName.RUN,)
) -> WorkerClaim:
    """A worker's claim."""
    given: dict[str, Any] = {"worker": uuid.uuid4(), "host": "h", "process_id": 1, "version": "1", "kinds": list(kinds)}
    return WorkerClaim(**given, labels=list(labels), owner=owner)


async def claimed(database: Database, given: WorkerClaim, grace: timedelta = GRACE) -> ClaimedAttempt | None:
    """The attempt that a claim gets."""
    async with database.write() as session:
        wanted = await may_claim(session, given, LEASE, grace)
        found = await claim_attempt(session, given, LEASE, grace)
    assert wanted or found is None
    return found


async def test_a_worker_trains_the_runs_that_its_labels_fit(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    dataset = await make_dataset(database)
    other = await enter_run(database, settings, dataset, labels=("tpu",))
    run_id = await enter_run(database, settings, dataset, labels=("gpu", "big"))
    with remote_worker(served.url, stand_in, tmp_path / "there", "--labels", "big,gpu,fast"):
        row = await until_status(database, run_id, JobStatus.COMPLETED)
        async with database.read() as session:
            (worker,) = await live_workers(session, await instant(session))

    assert (worker.labels, worker.remote, worker.kinds) == ("big,gpu,fast", True, "DRY_RUN,EXPORT,GENERATION,RUN")
    assert losses(await check_sequence(database, row)) == [(1, 1), (1, 2), (1, 3)]
    waiting = await run_of(database, other)
    assert (waiting.status, waiting.attempt) == ("PENDING", 0)
    assert waiting.message == (
        "It is queued. When it was started, no live worker had the labels that it requires: tpu."
    )
    async with database.read() as session:
        assert await live_workers(session, await instant(session)) == []


async def test_another_worker_goes_on_after_one_was_killed_with_its_processes(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    run_id = await enter_run(database, settings, await make_dataset(database))
    with remote_worker(served.url, stand_in, tmp_path / "first") as worker:

        async def stored() -> bool:
            return (await attempts_by_name(database, run_id)).get("checkpoints/1") == 1

        await until(stored, "no checkpoint was stored")
        worker.kill()
        for process in processes_about(tmp_path / "first"):
            with suppress(ProcessLookupError):  # it may have ended with another one
                os.kill(process, signal.SIGKILL)
    stand_in.does()
    await let_lapse(database, run_id)
    with remote_worker(served.url, stand_in, tmp_path / "second"):
        row = await until_status(database, run_id, JobStatus.COMPLETED)

    entries = await check_sequence(database, row)
    assert (row.attempt, losses(entries)) == (2, [(1, 1), (2, 2), (2, 3)])
    assert "It resumes from the checkpoint of step 1." in texts(entries)


async def test_a_claim_that_is_sent_again_gets_the_same_attempt(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database))

    first, again = [await claimed(database, claim_of()) for _ in range(2)]

    assert first is not None
    assert again is not None
    assert (first.job, first.attempt) == (again.job, again.attempt) == (run_id, 1)
    assert first.token != again.token
    assert await claimed(database, claim_of(owner="w:1:b")) is None


@pytest.mark.parametrize(
    ("labels", "has", "fits"),
    [
        ((), (), True),
        ((), ("gpu",), True),
        (("gpu",), (), False),
        (("gpu", "a"), ("gpu",), False),
        (("a",), ("a", "b"), True),
    ],
)
async def test_a_run_goes_to_a_worker_that_has_its_labels(
    database: Database, settings: Settings, labels: tuple[str, ...], has: tuple[str, ...], fits: bool
):
    await enter_run(database, settings, await make_dataset(database), labels=labels)

    assert (await claimed(database, claim_of(*has)) is not None) is fits


async def test_the_worker_of_a_server_takes_the_runs_that_its_labels_fit(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database), labels=("gpu",))
    worker = Worker(database, [Runs(settings)])
    await worker.step()
    assert (await run_of(database, run_id)).status == "PENDING"
    await worker.stop()
    worker = Worker(database, [Runs(replace(settings, worker_labels="gpu,other"))])
    await worker.step()

    assert (await until_status(database, run_id)).status == "COMPLETED"
    await worker.stop()


async def test_a_worker_that_is_busy_or_takes_no_runs_gets_none(database: Database, settings: Settings):
    await enter_run(database, settings, await make_dataset(database))

    for given in (claim_of(owner=None), claim_of(kinds=())):
        async with database.read() as session:
            assert not await may_claim(session, given, LEASE, GRACE)


@pytest.mark.parametrize("labels", [("GPU",), ("",), ("a b",), ("x" * 64,), ("a", "a"), tuple(map(str, range(9)))])
async def test_invalid_labels_are_refused(database: Database, settings: Settings, labels: tuple[str, ...]):
    dataset = await make_dataset(database)

    with pytest.raises(BadUserInput, match="label") as refused:
        await enter_run(database, settings, dataset, labels=labels)
    assert isinstance(refused.value, ValidationErrors)
    assert {error.path[0] for error in refused.value.errors} == {"labels"}


async def test_an_attempt_elsewhere_is_kept_for_its_grace_and_lost_after_it(database: Database, settings: Settings):
    hold = await held_run(database, settings)
    await token_for(database, hold)
    await let_lapse(database, hold.id)

    waiting = LocalEngine(replace(settings, worker_grace_seconds=3600.0))
    assert await waiting.inspect(database, hold) is Leftovers.ALIVE
    assert await LocalEngine(settings).inspect(database, hold) is Leftovers.NOTHING
    assert await claimed(database, claim_of(), timedelta(hours=1)) is None
    second = await claimed(database, claim_of(), timedelta())
    assert second is not None
    assert (second.job, second.attempt) == (hold.id, 2)


async def test_an_attempt_elsewhere_whose_clock_was_ahead_is_lost(database: Database, settings: Settings):
    hold = await held_run(database, settings)
    await token_for(database, hold)
    async with database.write() as session:
        ahead = await instant(session) + timedelta(days=365)
        await session.execute(update(tunix_runs).values(lease_expires_at=ahead))

    waiting = LocalEngine(replace(settings, worker_grace_seconds=GRACE.total_seconds()))
    assert await waiting.inspect(database, hold) is Leftovers.NOTHING
    second = await claimed(database, claim_of())
    assert second is not None
    assert (second.job, second.attempt) == (hold.id, 2)


async def test_an_attempt_elsewhere_outlives_a_clock_that_is_set_back_a_little(database: Database, settings: Settings):
    hold = await held_run(database, settings)
    await token_for(database, hold)
    async with database.write() as session:
        late = await instant(session) + 2 * LEASE + GRACE / 2
        await session.execute(update(tunix_runs).values(lease_expires_at=late))

    waiting = LocalEngine(replace(settings, worker_grace_seconds=GRACE.total_seconds()))
    assert await waiting.inspect(database, hold) is Leftovers.ALIVE
    assert await claimed(database, claim_of()) is None


async def test_a_worker_registers_with_each_claim(database: Database):
    given = claim_of("gpu")
    for _ in range(2):
        async with database.write() as session:
            await register(session, given)
    async with database.read() as session:
        (row,) = await live_workers(session, await instant(session))

    assert (row.id, row.host, row.labels, row.remote) == (given.worker, "h", "gpu", True)
