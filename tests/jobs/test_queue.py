"""The queue in the ledger: the holds of jobs, and the recovery of those whose process is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from tests.support.factories import START
from tests.support.ledger import export_row, run_row
from tests.support.traces import on_sqlite
from tunix_rt.db.identity import new_id
from tunix_rt.db.models import exports, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import ENDS, LEASE, RETRIABLE, delete_idle, request_cancel, retry, status_of
from tunix_rt.domain.jobs.queue import (
    Hold,
    HoldState,
    SettledJob,
    claim,
    expired_holds,
    finish,
    has_waiting,
    heartbeat,
    hold_of,
    release,
    settle_expired,
)
from tunix_rt.errors import Conflict, ErrorCode, NotFound

LEDGERS = pytest.mark.parametrize(("table", "row"), [(exports, export_row), (tunix_runs, run_row)])


def after(seconds: float) -> datetime:
    """Returns the time a number of seconds after the first job was inserted."""
    return START + timedelta(seconds=seconds)


async def enter(database: Database, *rows: dict[str, Any], table: Table = exports) -> None:
    """Inserts jobs in a ledger."""
    async with database.write() as session:
        await session.execute(insert(table), list(rows))


async def take(database: Database, owner: str, seconds: float = 0, table: Table = exports) -> Hold | None:
    """Claims a job as a worker does, in a separate transaction."""
    async with database.write() as session:
        row = await claim(session, table, owner, after(seconds))
    return None if row is None else hold_of(row)


async def taken(database: Database, owner: str, seconds: float = 0) -> Hold:
    """Claims a pending job."""
    hold = await take(database, owner, seconds)
    assert hold is not None
    return hold


async def row_of(database: Database, job: Any, table: Table = exports) -> Any:
    """Returns a job's row."""
    async with database.read() as session:
        return (await session.execute(select(table).where(table.c.id == job))).one()


@LEDGERS
async def test_jobs_are_taken_in_the_order_they_were_entered(database: Database, table: Table, row: Any):
    jobs = [row(after(seconds)) for seconds in (2, 0, 1)]
    await enter(database, *jobs, table=table)

    holds = [await take(database, f"w{number}", 10, table) for number in range(4)]

    assert [hold and hold.id for hold in holds] == [jobs[1]["id"], jobs[2]["id"], jobs[0]["id"], None]
    found = await row_of(database, jobs[1]["id"], table)
    assert (found.status, found.attempt, found.owner) == ("RUNNING", 1, "w0")
    assert (found.started_at, found.lease_expires_at) == (after(10), after(10) + LEASE)


async def test_only_jobs_of_the_wanted_kind_are_taken(database: Database):
    await enter(database, run_row(mode="TRAIN"), table=tunix_runs)
    async with database.write() as session:
        assert not await has_waiting(session, tunix_runs, tunix_runs.c.mode == "DRY_RUN")
        assert await claim(session, tunix_runs, "w", START, tunix_runs.c.mode == "DRY_RUN") is None
        assert await has_waiting(session, tunix_runs, tunix_runs.c.mode == "TRAIN")
        assert await claim(session, tunix_runs, "w", START, tunix_runs.c.mode == "TRAIN") is not None


@pytest.mark.parametrize("status", sorted(ENDS, key=str))
@on_sqlite
async def test_a_job_that_has_ended_neither_waits_nor_is_taken(database: Database, status: JobStatus):
    await enter(database, export_row(status=status.value, completed_at=START))
    async with database.write() as session:
        assert not await has_waiting(session, exports)
        assert await claim(session, exports, "w", START) is None


@pytest.mark.parametrize("owner", ["", "u", "v1", "v3", "w"])
@on_sqlite
async def test_a_hold_is_that_of_its_owner_alone(database: Database, owner: str):
    await enter(database, export_row())
    hold = await taken(database, "v2")
    stranger = replace(hold, owner=owner)

    async with database.write() as session:
        assert await heartbeat(session, exports, stranger, after(1)) is HoldState.LOST
        assert not await finish(session, exports, stranger, JobStatus.COMPLETED, after(1))
        assert await release(session, exports, stranger, after(1)) is None
        assert await heartbeat(session, exports, hold, after(1)) is HoldState.HELD


async def test_no_two_workers_take_one_job(settings: Any, database: Database):
    others = [Database(settings) for _ in range(3)]
    await enter(database, *(export_row() for _ in range(20)))
    try:
        found = await asyncio.gather(*(take(others[number % 3], f"w{number}") for number in range(30)))
    finally:
        for other in others:
            await other.close()

    holds = [hold for hold in found if hold is not None]
    assert len(holds) == len({hold.id for hold in holds}) == 20


async def test_a_heartbeat_renews_the_lease_and_writes_the_progress(database: Database):
    await enter(database, export_row())
    hold = await taken(database, "w")
    async with database.write() as session:
        assert await heartbeat(session, exports, hold, after(50), progress=0.25, row_count=7) is HoldState.HELD
        assert await settle_expired(session, exports, after(100)) == []

    row = await row_of(database, hold.id)
    assert (row.progress, row.row_count, row.lease_expires_at) == (0.25, 7, after(50) + LEASE)


async def test_a_lapsed_lease_gives_the_job_to_another_and_fences_the_first_off(database: Database):
    await enter(database, export_row())
    first = await taken(database, "w1")
    async with database.write() as session:
        assert await heartbeat(session, exports, first, after(0), progress=0.4) is HoldState.HELD
        assert not await expired_holds(session, exports, after(59))
        assert await expired_holds(session, exports, after(61))
        assert await settle_expired(session, exports, after(61)) == [SettledJob(first.id, JobStatus.PENDING)]
    second = await taken(database, "w2", 62)
    assert (second.id, second.attempt) == (first.id, 2)

    async with database.write() as session:
        assert await heartbeat(session, exports, first, after(63), progress=0.9) is HoldState.LOST
        assert not await finish(session, exports, first, JobStatus.COMPLETED, after(63))
        assert await release(session, exports, first, after(63)) is None
        assert await heartbeat(session, exports, second, after(63)) is HoldState.HELD
    row = await row_of(database, first.id)
    assert (row.status, row.owner, row.progress) == ("RUNNING", "w2", 0.0)


@pytest.mark.parametrize("hold", ["another owner", "another attempt", "another job"])
async def test_a_hold_is_owner_and_attempt_and_job(database: Database, hold: str):
    await enter(database, export_row())
    true = await taken(database, "w")
    false = {
        "another owner": Hold(true.id, "w'", true.attempt),
        "another attempt": Hold(true.id, true.owner, true.attempt + 1),
        "another job": Hold(new_id(), true.owner, true.attempt),
    }[hold]
    async with database.write() as session:
        assert await heartbeat(session, exports, false, START) is HoldState.LOST
        assert not await finish(session, exports, false, JobStatus.FAILED, START)
        assert await release(session, exports, false, START) is None


@pytest.mark.parametrize("status", [status for status in JobStatus if status in ENDS])
async def test_a_job_ends_once(database: Database, status: JobStatus):
    await enter(database, export_row())
    hold = await taken(database, "w")
    error = None if status is JobStatus.COMPLETED else (ErrorCode.UNAVAILABLE, "The disk is full.")
    async with database.write() as session:
        assert await finish(session, exports, hold, status, after(5), error=error, row_count=3)
        assert not await finish(session, exports, hold, JobStatus.FAILED, after(6))

    row = await row_of(database, hold.id)
    assert (row.status, row.owner, row.completed_at, row.row_count) == (status.value, None, after(5), 3)
    assert (row.error_code, row.error_message) == ((error[0].value, error[1]) if error else (None, None))
    assert row.progress == (1.0 if status is JobStatus.COMPLETED else 0.0)


async def test_a_job_fails_when_its_process_goes_away_at_the_last_attempt(database: Database):
    job = export_row(max_attempts=2)
    await enter(database, job)
    async with database.write() as session:
        for attempt, status in ((1, JobStatus.PENDING), (2, JobStatus.FAILED)):
            row = await claim(session, exports, f"w{attempt}", START)
            assert row is not None
            assert await release(session, exports, hold_of(row), after(1), "It was killed by signal 9") is status

    found = await row_of(database, job["id"])
    assert (found.error_code, found.error_message) == ("INTERNAL", "It was killed by signal 9, at its last attempt.")
    assert found.completed_at == after(1)


async def test_what_waits_is_cancelled_at_once(database: Database):
    job = export_row()
    await enter(database, job)
    async with database.write() as session:
        assert await request_cancel(session, exports, job["id"], after(1)) is JobStatus.CANCELLED
        assert await claim(session, exports, "w", after(2)) is None

    assert (await row_of(database, job["id"])).completed_at == after(1)


async def test_cancelling_retrying_and_deleting_concern_one_job(database: Database):
    ids = sorted(new_id() for _ in range(3))
    await enter(database, *(export_row(id=job_id) for job_id in ids))

    async def statuses() -> list[str]:
        async with database.read() as session:
            return list((await session.execute(select(exports.c.status).order_by(exports.c.id))).scalars())

    async with database.write() as session:
        await request_cancel(session, exports, ids[1], after(1))
    assert await statuses() == ["PENDING", "CANCELLED", "PENDING"]
    async with database.write() as session:
        for job_id in (ids[0], ids[2]):
            await request_cancel(session, exports, job_id, after(2))
        await retry(session, exports, ids[1])
    assert await statuses() == ["CANCELLED", "PENDING", "CANCELLED"]
    async with database.write() as session:
        assert [await status_of(session, exports, job_id) for job_id in ids] == [
            JobStatus.CANCELLED,
            JobStatus.PENDING,
            JobStatus.CANCELLED,
        ]
        await delete_idle(session, exports, ids[1])
    assert await statuses() == ["CANCELLED", "CANCELLED"]


async def test_only_what_does_not_run_is_deleted(database: Database):
    await enter(database, export_row())
    hold = await taken(database, "w")
    async with database.write() as session:
        with pytest.raises(Conflict, match="The export is RUNNING; cancel it first"):
            await delete_idle(session, exports, hold.id)
        await finish(session, exports, hold, JobStatus.FAILED, after(1))
        await delete_idle(session, exports, hold.id)
        with pytest.raises(NotFound):
            await delete_idle(session, exports, hold.id)


async def test_what_runs_is_asked_to_end(database: Database):
    await enter(database, export_row())
    hold = await taken(database, "w")
    async with database.write() as session:
        assert await request_cancel(session, exports, hold.id, after(1)) is JobStatus.RUNNING
        assert await heartbeat(session, exports, hold, after(2)) is HoldState.CANCELLING
        assert await finish(session, exports, hold, JobStatus.CANCELLED, after(3))


async def test_what_was_to_be_cancelled_is_not_tried_again(database: Database):
    await enter(database, export_row(), export_row())
    first, second = await taken(database, "w1"), await taken(database, "w2")
    async with database.write() as session:
        for hold in (first, second):
            await request_cancel(session, exports, hold.id, after(1))
        assert await release(session, exports, first, after(2)) is JobStatus.CANCELLED
        assert await settle_expired(session, exports, after(99)) == [SettledJob(second.id, JobStatus.CANCELLED)]


@LEDGERS
@pytest.mark.parametrize(("seconds", "status"), [
    (-61, "CANCELLED"), (-59, "RUNNING"), (59, "RUNNING"), (61, "CANCELLED"), (-86400 * 365, "CANCELLED"),
])  # fmt: skip
async def test_what_nobody_works_on_any_more_is_cancelled_at_once(
    database: Database, table: Table, row: Any, seconds: float, status: str
):
    await enter(database, row(), table=table)
    hold = await take(database, "w", 0, table)
    assert hold is not None
    async with database.write() as session:
        assert await request_cancel(session, table, hold.id, after(seconds)) is JobStatus(status)

    found = await row_of(database, hold.id, table)
    running = status == "RUNNING"
    assert (found.status, found.owner, found.completed_at) == (
        status, "w" if running else None, None if running else after(seconds)
    )  # fmt: skip
    async with database.write() as session:
        state = await heartbeat(session, table, hold, after(seconds))
    assert state is (HoldState.CANCELLING if running else HoldState.LOST)


async def test_a_lease_that_reaches_too_far_is_none(database: Database):
    await enter(database, export_row())
    hold = await taken(database, "w", 86_400 * 365)  # its clock was a year ahead
    async with database.write() as session:
        assert await expired_holds(session, exports, after(0)) == [hold]
        assert await settle_expired(session, exports, after(0)) == [SettledJob(hold.id, JobStatus.PENDING)]


async def test_a_clock_that_is_set_back_a_little_costs_nobody_a_job(database: Database):
    await enter(database, export_row())
    await taken(database, "w", 59)
    async with database.write() as session:
        assert await expired_holds(session, exports, after(0)) == []
        assert await settle_expired(session, exports, after(0)) == []


async def test_what_ended_cannot_be_cancelled(database: Database):
    await enter(database, export_row())
    hold = await taken(database, "w")
    async with database.write() as session:
        await finish(session, exports, hold, JobStatus.COMPLETED, after(1))
        with pytest.raises(Conflict, match="COMPLETED already"):
            await request_cancel(session, exports, hold.id, after(2))


@pytest.mark.parametrize("status", list(JobStatus))
async def test_what_did_not_complete_can_be_retried(database: Database, status: JobStatus):
    job = export_row(max_attempts=1)
    await enter(database, job)
    hold = None if status is JobStatus.PENDING else await taken(database, "w")
    async with database.write() as session:
        if hold is not None:
            await heartbeat(session, exports, hold, after(0), progress=0.5)
        if status is JobStatus.CANCELLED:
            await request_cancel(session, exports, job["id"], after(0))
        if hold is not None and status in ENDS:
            await finish(session, exports, hold, status, after(1), error=(ErrorCode.TIMEOUT, "Too slow."))
        if status not in RETRIABLE:
            with pytest.raises(Conflict, match=status.value):
                await retry(session, exports, job["id"])
            return
        await retry(session, exports, job["id"], row_count=0)
        assert (await session.execute(select(exports.c.progress))).scalar() == 0.0
        row = await claim(session, exports, "w2", after(2))
        assert row is not None
        assert await heartbeat(session, exports, hold_of(row), after(3)) is HoldState.HELD

    assert (row.attempt, row.max_attempts, row.error_code, row.completed_at) == (2, 4, None, None)


async def test_unknown_jobs_are_reported(database: Database):
    async with database.write() as session:
        for ask in (request_cancel(session, exports, new_id(), START), retry(session, tunix_runs, new_id())):
            with pytest.raises(NotFound) as caught:
                await ask
            assert caught.value.message.startswith(("There is no export ", "There is no run "))
        with pytest.raises(NotFound):
            await status_of(session, exports, new_id())
