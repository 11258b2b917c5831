"""Live events of runs: one sequence that is replayed from any position, for many subscribers at the cost of one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, update
from sqlalchemy.engine import Engine

from tests.support.postgres import PostgresServer
from tests.support.run_requests import append_entries, entered, line, points, state
from tests.support.subscriptions import Socket, event_stream, socket
from tests.support.traces import UNKNOWN_UUID, code_of, data_of, on_sqlite
from tests.support.waiting import until
from tunix_rt.api.live import changed_runs, job_events
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

EVENTS = """
subscription ($id: ID!, $after: Int! = 0) {
  runEvents(id: $id, after: $after) {
    __typename seq
    ... on RunState { status reason trainingProgress { step } }
    ... on RunLogLine { stream text }
    ... on RunMetricPoint { name step value kind }
  }
}
"""
SEQS = "subscription ($id: ID!, $after: Int! = 0) { runEvents(id: $id, after: $after) { seq } }"
CHANGED = "subscription ($where: RunWhere) { runChanged(where: $where) { uuid status progress } }"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks more often than a server does, so that tests wait less."""
    monkeypatch.setattr(job_events, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(changed_runs, "POLL_SECONDS", 0.01)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that leaves the runs alone which the tests enter."""
    return replace(settings, worker=False)


async def reported(opened: Socket, name: str, number: int) -> list[dict[str, Any]]:
    """Returns the next ``number`` events of an operation."""
    found: list[dict[str, Any]] = []
    while len(found) < number:
        message = await opened.receive()
        assert (message["id"], message["type"]) == (name, "next"), message
        found += data_of(message["payload"])["runEvents"]
    assert len(found) == number, "more events were sent than written"
    return found


async def seqs(opened: Socket, name: str, number: int) -> list[int]:
    """Returns the sequence numbers of the next ``number`` events."""
    return [found["seq"] for found in await reported(opened, name, number)]


async def completed(opened: Socket, name: str) -> None:
    """Waits for the end of an operation, which sends no event before."""
    message = await opened.receive()
    assert (message["id"], message["type"]) == (name, "complete"), message


async def test_states_lines_and_metrics_come_in_one_sequence(address: str, database: Database):
    run = await entered(database)
    await append_entries(database, run, [state("PENDING", 0, reason="It waits.")])
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(run["id"]))
        first = await reported(opened, "s", 1)
        await append_entries(
            database,
            run,
            [state("RUNNING", step=3), line("hello"), *points("train/loss", [0.5, float("inf")])],
            status="RUNNING",
            owner="w",
            lease_expires_at=now() + timedelta(seconds=60),
        )
        rest = await reported(opened, "s", 4)

    assert first + rest == [
        {
            "__typename": "RunState",
            "seq": 1,
            "status": "PENDING",
            "reason": "It waits.",
            "trainingProgress": {"step": None},
        },
        {"__typename": "RunState", "seq": 2, "status": "RUNNING", "reason": None, "trainingProgress": {"step": 3}},
        {"__typename": "RunLogLine", "seq": 3, "stream": "STDOUT", "text": "hello"},
        {"__typename": "RunMetricPoint", "seq": 4, "name": "train/loss", "step": 1, "value": 0.5, "kind": "FINITE"},
        {
            "__typename": "RunMetricPoint",
            "seq": 5,
            "name": "train/loss",
            "step": 2,
            "value": None,
            "kind": "POSITIVE_INFINITY",
        },
    ]


async def ended(database: Database, run: dict[str, Any], status: str = "COMPLETED") -> None:
    """Lets a run end."""
    columns = {"status": status, "completed_at": now(), "owner": None, "lease_expires_at": None}
    await append_entries(database, run, [line("bye"), state(status)], **columns)


async def test_it_ends_when_the_run_has(address: str, database: Database):
    run = await entered(database)
    await append_entries(database, run, [line(str(number)) for number in range(250)])
    async with socket(address) as opened:
        await opened.subscribe("live", SEQS, id=str(run["id"]))
        assert await seqs(opened, "live", 250) == list(range(1, 251))
        await ended(database, run)
        assert await seqs(opened, "live", 2) == [251, 252]
        await completed(opened, "live")
        for after, rest in ((0, 252), (249, 3), (251, 1), (252, 0), (1000, 0)):
            await opened.subscribe("again", SEQS, id=str(run["id"]), after=after)
            assert await seqs(opened, "again", rest) == list(range(253 - rest, 253))
            await completed(opened, "again")


async def test_a_run_that_is_tried_again_goes_on(address: str, database: Database):
    run = await entered(database)
    await ended(database, run, "FAILED")
    await append_entries(database, run, [state("PENDING")], status="PENDING", completed_at=None)
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(run["id"]))
        assert [found.get("status") for found in await reported(opened, "s", 3)] == [None, "FAILED", "PENDING"]
        await ended(database, run)
        assert await seqs(opened, "s", 2) == [4, 5]
        await completed(opened, "s")


async def test_a_dropped_socket_goes_on_where_it_was(address: str, database: Database):
    run = await entered(database)
    await append_entries(database, run, [line(str(number)) for number in range(10)])
    async with socket(address) as opened:
        await opened.subscribe("s", SEQS, id=str(run["id"]))
        got = await seqs(opened, "s", 10)
        opened.connection.transport.abort()
    await append_entries(database, run, [line(str(number)) for number in range(700)])
    async with socket(address) as opened:
        await opened.subscribe("s", SEQS, id=str(run["id"]), after=got[-1])
        await append_entries(database, run, [line("last")])
        got += await seqs(opened, "s", 701)

    assert got == list(range(1, 712))


async def test_a_burst_is_reported_whole_and_in_order(address: str, database: Database):
    run = await entered(database)
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(run["id"]))
        for start in range(0, 5000, 1000):
            await append_entries(database, run, [line(str(number)) for number in range(start, start + 1000)])

        assert [found["text"] for found in await reported(opened, "s", 5000)] == [str(number) for number in range(5000)]


async def test_a_deleted_run_ends_its_stream(address: str, database: Database):
    run = await entered(database)
    await append_entries(database, run, [line("hello")])
    async with socket(address) as opened:
        await opened.subscribe("s", SEQS, id=str(run["id"]))
        assert await seqs(opened, "s", 1) == [1]
        async with database.write() as session:
            await session.execute(delete(tunix_runs).where(tunix_runs.c.id == run["id"]))
        await completed(opened, "s")


async def test_events_for_notebooks(address: str, database: Database):
    run = await entered(database)
    await append_entries(database, run, [line("a")])
    body = {"query": SEQS, "variables": {"id": str(run["id"])}}
    found: list[Any] = []

    async with event_stream(address, json=body) as received:
        async for name, data in received:
            if name == "complete":
                break
            found += data_of(data)["runEvents"]
            if len(found) == 1:
                await ended(database, run)

    assert found == [{"seq": 1}, {"seq": 2}, {"seq": 3}]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"id": "nonsense"}, "NOT_FOUND"),
        ({"id": UNKNOWN_UUID}, "NOT_FOUND"),
        ({"id": UNKNOWN_UUID, "after": -1}, "BAD_USER_INPUT"),
        ({"id": UNKNOWN_UUID, "after": 2**31}, "BAD_USER_INPUT"),
    ],
)
@on_sqlite
async def test_errors_are_coded(address: str, variables: dict[str, Any], code: str):
    async with socket(address) as opened:
        await opened.subscribe("s", SEQS, **variables)
        message = await opened.receive()

    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert code_of({"errors": errors}) == code


@pytest.fixture
def entry_reads() -> Iterator[list[str]]:
    """The statements that read entries of runs."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "run_logs" in statement and statement.startswith("SELECT"):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


async def test_many_subscribers_cost_one_tail(address: str, database: Database, entry_reads: list[str]):
    subscribers, rounds = 100, 20
    run = await entered(database)
    await append_entries(database, run, [line("first")])
    async with socket(address) as opened:
        for number in range(subscribers):
            await opened.subscribe(str(number), SEQS, id=str(run["id"]))
        got: dict[str, list[int]] = {str(number): [] for number in range(subscribers)}

        async def all_have(newest: int) -> None:
            while any(found[-1:] != [newest] for found in got.values()):
                message = await opened.receive()
                got[message["id"]] += [found["seq"] for found in data_of(message["payload"])["runEvents"]]

        await all_have(1)
        entry_reads.clear()
        start = asyncio.get_running_loop().time()
        for number in range(rounds):
            await append_entries(database, run, [line("more")])
            await all_have(number + 2)
        looks = (asyncio.get_running_loop().time() - start) / job_events.POLL_SECONDS

    assert all(found == list(range(1, rounds + 2)) for found in got.values())
    assert len(entry_reads) <= looks + 1, "one reader looks for all, and none of them for itself"
    assert len(entry_reads) < subscribers * rounds / 4


async def test_who_is_slow_reads_for_itself_and_misses_nothing(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(job_events, "KEPT_EVENTS", 10)
    from tunix_rt.api.runs.events import read_run_events

    run = await entered(database)
    feed = job_events.JobEvents(database, "tunix_runs", read_run_events, 200)
    quick, slow = feed.follow(run["id"], 0), feed.follow(run["id"], 0)
    await append_entries(database, run, [line("first")])
    first = [found.seq for found in await anext(slow)]
    got: list[int] = []
    for _ in range(30):
        await append_entries(database, run, [line("more") for _ in range(7)])
        got += [found.seq for found in await anext(quick)]
    while len(got) < 211:
        got += [found.seq for found in await anext(quick)]
    rest: list[int] = []
    while len(rest) < 210:
        rest += [found.seq for found in await anext(slow)]
    await quick.aclose()
    await slow.aclose()
    await feed.close()

    assert got == first + rest == list(range(1, 212))


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


async def test_only_runs_that_satisfy_the_filter_are_reported(address: str, database: Database):
    async with socket(address) as opened:
        await opened.subscribe("s", CHANGED, where={"datasetKey": {"eq": "mine"}, "status": {"ne": "PENDING"}})
        await entered(database, dataset_key="theirs", status="RUNNING", attempt=1)
        mine = await entered(database, dataset_key="mine")
        await change(database, mine, status="RUNNING", owner="w", lease_expires_at=now() + timedelta(seconds=60))

        assert await Registry(opened).next() == shown(mine, "RUNNING")


async def test_who_connects_again_hears_what_ended_meanwhile(address: str, database: Database):
    run = await entered(database)
    async with socket(address) as opened:
        await opened.subscribe("s", CHANGED)
        assert await Registry(opened).next() == shown(run, "PENDING")
        opened.connection.transport.abort()
    await change(database, run, status="CANCELLED", completed_at=now())
    async with socket(address) as opened:
        await opened.subscribe("s", CHANGED)
        assert await Registry(opened).next() == shown(run, "CANCELLED")


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
