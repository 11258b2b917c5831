"""``exportEvents`` over WebSocket: each event once, in order, from any position, for any writer and subscriber."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, event, insert, update

from tests.support.exports import START
from tests.support.factories import START as BEGINNING
from tests.support.ledger import export_row
from tests.support.subscriptions import Socket, event_stream, limited, send, socket
from tests.support.traces import UNKNOWN_UUID, data_of, error_of, on_sqlite
from tests.support.waiting import until
from tunix_rt.api.live.job_events import KEPT_EVENTS, JobEvents
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY, cancel_export, retry_export
from tunix_rt.domain.jobs.histories import EVENTS_READ

EVENTS = """
subscription ($id: ID!, $after: Int! = 0) {
  exportEvents(id: $id, after: $after) { seq status attempt progress rowCount byteSize reason at }
}
"""


async def heard(opened: Socket, name: str) -> list[dict[str, Any]]:
    """The events of an operation until it ends."""
    found, left_of(opened)[:] = [*left_of(opened)], []
    while True:
        message = await opened.receive()
        if message["type"] == "complete":
            assert message["id"] == name
            return found
        assert (message["id"], message["type"]) == (name, "next"), message
        found += data_of(message["payload"])["exportEvents"]


def left_of(opened: Socket) -> list[dict[str, Any]]:
    """Returns the received events that have not been read yet."""
    left: list[dict[str, Any]] = opened.__dict__.setdefault("left", [])
    return left


async def next_event(opened: Socket) -> dict[str, Any]:
    """The next event."""
    left = left_of(opened)
    if not left:
        message = await opened.receive()
        assert message["type"] == "next", message
        left += data_of(message["payload"])["exportEvents"]
    return left.pop(0)


async def enter(database: Database, number: int = 1) -> uuid.UUID:
    """Stores a running export with ``number`` events, as another process writes them."""
    lease = datetime.now(UTC) + timedelta(seconds=100)
    row = export_row(BEGINNING, status="RUNNING", owner="w", attempt=1, lease_expires_at=lease)
    async with database.write() as session:
        await session.execute(insert(exports), [row])
        for seq in range(number):
            await EXPORT_HISTORY.append(session, row["id"], BEGINNING + timedelta(seconds=seq))
    found: uuid.UUID = row["id"]
    return found


async def write(database: Database, export_id: uuid.UUID, **columns: Any) -> None:
    """Writes to an export as its process does, with an event."""
    async with database.write() as session:
        if columns:
            await session.execute(update(exports).where(exports.c.id == export_id).values(columns))
        await EXPORT_HISTORY.append(session, export_id, datetime.now(UTC))


async def end(database: Database, export_id: uuid.UUID, status: str = "COMPLETED") -> None:
    """Ends an export as its process does."""
    over = {"owner": None, "lease_expires_at": None, "completed_at": datetime.now(UTC)}
    await write(database, export_id, status=status, **over)


def numbers(events: list[dict[str, Any]]) -> list[int]:
    """The numbers of events."""
    return [event["seq"] for event in events]


async def test_an_export_is_followed_from_its_start_to_its_end(address: str):
    await send(address, "a", "b")
    async with socket(address) as opened:
        async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client:
            answer = await client.post("/graphql", json={"query": START, "variables": {"input": {"where": {}}}})
        export = data_of(answer.json())["startExport"]["export"]
        await opened.subscribe("s", EVENTS, id=export["id"])
        events = await heard(opened, "s")

    assert numbers(events) == list(range(1, len(events) + 1))
    assert [events[0]["status"], events[1]["status"], events[-1]["status"]] == ["PENDING", "RUNNING", "COMPLETED"]
    assert (events[-1]["rowCount"], events[-1]["progress"], events[-1]["attempt"]) == (2, 1, 1)


async def test_what_another_process_writes_is_heard_at_once(address: str, database: Database):
    export_id = await enter(database, 2)
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(export_id))
        assert [(await next_event(opened))["seq"] for _ in range(2)] == [1, 2]
        await write(database, export_id, progress=0.5, row_count=7, byte_size=700)
        event = await next_event(opened)
        assert (event["seq"], event["progress"], event["rowCount"], event["byteSize"]) == (3, 0.5, 7, 700)
        await end(database, export_id)

        assert numbers(await heard(opened, "s")) == [4]


async def test_a_subscriber_that_comes_back_misses_and_repeats_nothing(address: str, database: Database):
    export_id = await enter(database, 3)
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(export_id))
        last = [await next_event(opened) for _ in range(2)][-1]
        opened.connection.transport.abort()
    await write(database, export_id)
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(export_id), after=last["seq"])
        assert [(await next_event(opened))["seq"] for _ in range(2)] == [3, 4]
        await end(database, export_id)

        assert numbers(await heard(opened, "s")) == [5]


async def test_many_events_are_replayed_in_order(address: str, database: Database):
    export_id = await enter(database, 450)
    await end(database, export_id)
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(export_id), after=1)

        assert numbers(await heard(opened, "s")) == list(range(2, 452))


@on_sqlite
async def test_after_the_last_event_there_is_nothing(address: str, database: Database):
    export_id = await enter(database, 1)
    await end(database, export_id)
    async with socket(address) as opened:
        for after in (2, 99):
            await opened.subscribe("s", EVENTS, id=str(export_id), after=after)
            assert await heard(opened, "s") == []


@on_sqlite
async def test_an_export_that_is_tried_again_is_followed_on(address: str, database: Database):
    export_id = await enter(database)
    await end(database, export_id, "FAILED")
    async with database.write() as session:
        await retry_export(session, export_id, datetime.now(UTC))
        await cancel_export(session, export_id, datetime.now(UTC))
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(export_id))
        events = await heard(opened, "s")

    assert [event["status"] for event in events][:3] == ["RUNNING", "FAILED", "PENDING"]
    assert events[-1]["status"] in {"CANCELLED", "COMPLETED"}


async def test_an_export_that_is_deleted_ends_its_subscriptions(address: str, database: Database):
    export_id = await enter(database)
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, id=str(export_id))
        await next_event(opened)
        async with database.write() as session:
            await session.execute(delete(exports))

        assert await heard(opened, "s") == []


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"id": UNKNOWN_UUID}, "NOT_FOUND"),
        ({"id": "nonsense"}, "BAD_ID"),
        ({"id": UNKNOWN_UUID, "after": -1}, "BAD_USER_INPUT"),
        ({"id": UNKNOWN_UUID, "after": "x"}, "BAD_USER_INPUT"),
        ({}, "BAD_USER_INPUT"),
    ],
)
@on_sqlite
async def test_what_cannot_be_followed_is_refused(address: str, variables: dict[str, Any], code: str):
    async with socket(address) as opened:
        await opened.subscribe("s", EVENTS, **variables)
        message = await opened.receive()
        errors = message["payload"] if message["type"] == "error" else [error_of(message["payload"])]

    assert {error["extensions"]["code"] for error in errors} == {code}


async def seqs(received: AsyncIterator[tuple[str, Any]]) -> list[int]:
    """The numbers of the events that come together."""
    (events,) = [data_of(data)["exportEvents"] async for _, data in limited(received, 1)]
    return numbers(events)


@on_sqlite
async def test_events_for_notebooks(address: str, database: Database):
    export_id = await enter(database, 2)
    body = {"query": EVENTS, "variables": {"id": str(export_id)}}
    async with event_stream(address, json=body) as received:
        found = [await seqs(received)]
        await end(database, export_id)
        found.append(await seqs(received))
        assert [name async for name, _ in received] == ["complete"]

    assert found == [[1, 2], [3]]


@asynccontextmanager
async def counted(database: Database) -> AsyncIterator[list[str]]:
    """The statements that read events inside the block."""
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "FROM export_events" in statement:
            statements.append(statement)

    engine = database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


async def followed_by(job_events: JobEvents, export_id: uuid.UUID, number: int) -> bool | None:
    """Returns True if ``number`` followers follow an export, otherwise None."""
    return (export_id in job_events._open and job_events._open[export_id].followers == number) or None


async def test_many_followers_cost_one_reader(database: Database):
    export_id = await enter(database)
    job_events = JobEvents(database, EXPORT_HISTORY.jobs.name, EXPORT_HISTORY.after, EVENTS_READ)

    async def follow() -> list[int]:
        found: list[int] = []
        async for rows in job_events.follow(export_id, 0):
            found += [row.seq for row in rows]
            if rows[-1].status == "COMPLETED":
                break
        return found

    async with asyncio.TaskGroup() as group, counted(database) as statements:
        followers = [group.create_task(follow()) for _ in range(200)]
        await until(lambda: followed_by(job_events, export_id, 200))
        for _ in range(5):
            await write(database, export_id)
        await end(database, export_id)
        await asyncio.wait(followers)
        assert len(statements) < 2 * 200, "each event was read by each follower"
    await job_events.close()

    assert [follower.result() for follower in followers] == [[1, 2, 3, 4, 5, 6, 7]] * 200
    assert job_events._open == {}


async def test_who_is_far_behind_reads_what_memory_has_no_more(database: Database):
    export_id = await enter(database)
    job_events = JobEvents(database, EXPORT_HISTORY.jobs.name, EXPORT_HISTORY.after, EVENTS_READ)
    first = job_events.follow(export_id, 0)
    assert [row.seq for row in await anext(first)] == [1]
    async with database.write() as session:
        for _ in range(KEPT_EVENTS + 50):
            await EXPORT_HISTORY.append(session, export_id, datetime.now(UTC))
    await end(database, export_id)
    last = KEPT_EVENTS + 52

    found: list[int] = []
    while not found or found[-1] < last:
        found += [row.seq for row in await anext(first)]
    behind: list[int] = []
    second = job_events.follow(export_id, 0)
    while not behind or behind[-1] < last:
        behind += [row.seq for row in await anext(second)]
    await first.aclose()
    await second.aclose()
    await job_events.close()

    assert found == list(range(2, last + 1))
    assert behind == list(range(1, last + 1))
