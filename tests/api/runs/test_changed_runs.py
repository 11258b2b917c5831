"""The stream of changed runs, and streams while the database is unreachable."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.engine import Engine

from tests.support.no_worker import settings
from tests.support.postgres import PostgresServer
from tests.support.run_requests import append_entries, entered, line, state
from tests.support.subscriptions import Socket, socket
from tests.support.traces import code_of, data_of, on_sqlite
from tests.support.waiting import until
from tests.support.watched_runs import SEQS, quick, seqs
from tunix_rt.api.live import changed_runs
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.errors import Unavailable

__all__ = ["quick", "settings"]


CHANGED = "subscription ($where: RunWhere) { runChanged(where: $where) { uuid status progress } }"


def subject_of(record: logging.LogRecord) -> str:
    """Returns the subject of a watcher's warning."""
    return record.getMessage().partition(":")[0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_follows_a_run_hears_on_when_the_database_is_back(
    address: str, database: Database, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
):
    async def both_have_noticed() -> bool:
        return {subject_of(record) for record in caplog.records} >= {"events", "changed runs"}

    run = await entered(database)
    await append_entries(database, run, [line("before")])
    async with socket(address) as opened:
        await opened.subscribe("s", SEQS, id=str(run["id"]))
        assert await seqs(opened, "s", 1) == [1]
        await opened.subscribe("list", CHANGED)
        assert (await opened.receive())["id"] == "list"
        await asyncio.to_thread(postgres.halt)
        try:
            await until(both_have_noticed)
            await opened.subscribe("late", SEQS, id=str(run["id"]))
            refused = await opened.receive()
        finally:
            await asyncio.to_thread(postgres.resume)
        with suppress(Unavailable):  # the connection that was cut costs a request
            await change(database, run)
        await append_entries(database, run, [line("after")], progress=0.5)
        reported: list[dict[str, Any]] = []
        while len(reported) < 2:
            message = await opened.receive()
            reported += [message] if message["type"] == "next" else []

    assert code_of({"errors": refused["payload"]["errors"]}) == "UNAVAILABLE"
    answers = {message["id"]: message["payload"]["data"] for message in reported}
    assert answers["s"] == {"runEvents": [{"seq": 2}]}
    assert answers["list"]["runChanged"]["progress"] == 0.5
    logged = [subject_of(record) for record in caplog.records]
    assert logged.count("events") == 1, "logged once, not at each poll"


class Registry:
    """The messages of ``runChanged``."""

    def __init__(self, opened: Socket, name: str = "s") -> None:
        self.opened = opened
        self.name = name

    async def next(self) -> dict[str, Any]:
        """Returns the next run that is sent."""
        message = await self.opened.receive()
        assert (message["id"], message["type"]) == (self.name, "next"), message
        found: dict[str, Any] = data_of(message["payload"])["runChanged"]
        return found


async def change(database: Database, run: dict[str, Any], **columns: Any) -> None:
    """Sets columns of a run."""
    async with database.write() as session:
        await session.execute(update(tunix_runs).where(tunix_runs.c.id == run["id"]).values(columns or {"message": ""}))


def shown(run: dict[str, Any], status: str, progress: float = 0.0) -> dict[str, Any]:
    """Returns a run as ``runChanged`` sends it."""
    return {"uuid": str(run["id"]), "status": status, "progress": progress}


async def test_runs_are_reported_as_they_change(address: str, database: Database):
    old = await entered(database, status="FAILED", attempt=1)
    waiting = await entered(database, 1)
    async with socket(address) as opened:
        registry = Registry(opened)
        await opened.subscribe("s", CHANGED)
        assert await registry.next() == shown(waiting, "PENDING"), (
            "what waits comes first, what ended long ago does not"
        )
        await change(database, waiting, status="RUNNING", owner="w", lease_expires_at=now() + timedelta(seconds=60))
        assert await registry.next() == shown(waiting, "RUNNING")
        await change(database, waiting, lease_expires_at=now() + timedelta(seconds=60))
        await change(database, waiting, progress=0.5)
        assert await registry.next() == shown(waiting, "RUNNING", 0.5), "a heartbeat is no change"
        ended = {"status": "COMPLETED", "owner": None, "lease_expires_at": None, "completed_at": now(), "progress": 1.0}
        await append_entries(database, waiting, [state("COMPLETED")], **ended)
        assert await registry.next() == shown(waiting, "COMPLETED", 1.0)
        sudden = await entered(database, status="FAILED", created_at=now(), completed_at=now())
        assert await registry.next() == shown(sudden, "FAILED"), "one that ends before the first read is reported, too"
        await change(database, old, status="PENDING", completed_at=None)
        assert await registry.next() == shown(old, "PENDING")


async def test_an_end_that_is_recorded_late_is_reported(address: str, database: Database):
    run = await entered(database, status="RUNNING", attempt=1)
    async with socket(address) as opened:
        registry = Registry(opened)
        await opened.subscribe("s", CHANGED)
        assert await registry.next() == shown(run, "RUNNING")
        ended = {"owner": None, "lease_expires_at": None, "completed_at": now() - timedelta(hours=1)}
        await change(database, run, status="FAILED", **ended)
        assert await registry.next() == shown(run, "FAILED"), "as after an outage of the database"
        await change(database, run, status="PENDING", completed_at=None)
        assert await registry.next() == shown(run, "PENDING")


async def test_only_runs_that_satisfy_the_filter_are_reported(address: str, database: Database):
    async with socket(address) as opened:
        await opened.subscribe("s", CHANGED, where={"datasetKey": {"eq": "mine"}, "status": {"ne": "PENDING"}})
        await entered(database, dataset_key="theirs", status="RUNNING", attempt=1)
        mine = await entered(database, dataset_key="mine")
        await change(database, mine, status="RUNNING", owner="w", lease_expires_at=now() + timedelta(seconds=60))

        assert await Registry(opened).next() == shown(mine, "RUNNING")


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=1)])
async def test_who_connects_again_hears_what_ended_meanwhile(address: str, database: Database, ago: timedelta):
    run = await entered(database)
    async with socket(address) as opened:
        await opened.subscribe("s", CHANGED)
        assert await Registry(opened).next() == shown(run, "PENDING")
        opened.connection.transport.abort()
    await change(database, run, status="CANCELLED", completed_at=now() - ago)
    async with socket(address) as opened:
        await opened.subscribe("s", CHANGED)
        assert await Registry(opened).next() == shown(run, "CANCELLED")


async def test_who_follows_much_later_hears_of_no_end_before(database: Database, monkeypatch: pytest.MonkeyPatch):
    run, other = await entered(database), await entered(database, 1)
    changed = changed_runs.ChangedRuns(database)

    async def first() -> set[Any]:
        async with aclosing(changed.follow()) as batches:
            found = await anext(batches)
        await changed.close()
        return set(found.ids)

    assert await first() == {run["id"], other["id"]}
    await change(database, run, status="CANCELLED", completed_at=now() - timedelta(hours=1))
    assert await first() == {run["id"], other["id"]}
    assert await first() == {other["id"]}
    await change(database, other, status="CANCELLED", completed_at=now() - timedelta(hours=1))
    monkeypatch.setattr(changed_runs, "LATELY", timedelta(0))
    assert await first() == set()


async def test_many_lists_load_a_changed_run_once(address: str, database: Database):
    run = await entered(database)
    loads: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("SELECT") and "progress" in statement and "UNION" not in statement:
            loads.append(statement)

    async with socket(address) as opened:
        for number in range(50):
            await opened.subscribe(str(number), CHANGED)
        for _ in range(50):
            await opened.receive()
        event.listen(Engine, "before_cursor_execute", note)
        try:
            await change(database, run, progress=0.25)
            found = [await opened.receive() for _ in range(50)]
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    assert {message["id"] for message in found} == {str(number) for number in range(50)}
    assert len(loads) == 1


@on_sqlite
async def test_errors_of_the_registrys_stream_are_coded(address: str, database: Database):
    async with socket(address) as opened:
        await opened.subscribe("s", CHANGED, where={"id": {"eq": "nonsense"}})
        message = await opened.receive()

    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert code_of({"errors": errors}) == "BAD_ID"
