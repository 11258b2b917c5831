"""Live events of runs: one sequence that is replayed from any position, for many subscribers at the cost of one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event
from sqlalchemy.engine import Engine

from tests.support.no_worker import settings
from tests.support.run_requests import append_entries, entered, line, points, state
from tests.support.subscriptions import Socket, event_stream, socket
from tests.support.traces import UNKNOWN_UUID, code_of, data_of, on_sqlite
from tests.support.watched_runs import SEQS, quick, reported, seqs
from tunix_rt.api.live import job_events
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database

__all__ = ["quick", "settings"]


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
