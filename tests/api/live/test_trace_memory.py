"""New traces are kept in memory within limits in bytes, and a subscriber that falls behind misses none."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import ExecutionResult

from tests.support.factories import insert_rows, trace, trace_row
from tests.support.subscriptions import CREATED, WAIT_SECONDS, limited, send, socket
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.api.execution.events import EventResults
from tunix_rt.api.live.new_traces import NewTraces, Read, TraceFollower
from tunix_rt.api.live.trace_memory import VALUE_BYTES, LiveTrace, TraceMemory, size_in_memory
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.traces.storage import traces_after
from tunix_rt.http.graphql.websocket import QuietAdapter, SharedEncoding

TEXT_BYTES = 10_000


async def store(database: Database, *prompts: str) -> None:
    """Stores traces of ten kilobytes."""
    async with database.write() as session:
        await insert_rows(session, [trace_row(trace(prompt.ljust(TEXT_BYTES, "x"))) for prompt in prompts])


def reading(batches: list[int]) -> Read:
    """Returns a function that reads prompts with their payloads, and notes the size of each batch."""

    async def read(session: Session, place: int) -> tuple[Sequence[LiveTrace], bool]:
        columns = [traces.c.payload, traces.c.prompt_preview]
        rows, more = await traces_after(session, place, columns, [], limit=100, max_bytes=25_000)
        batches.append(len(rows))
        return [LiveTrace(row.seq, row.prompt_preview.rstrip("x"), size_in_memory(row[:2])) for row in rows], more

    return read


async def read_up_to(followers: Sequence[TraceFollower], place: int) -> bool:
    """Returns whether all followers have read the traces up to a place."""
    return all(found.newest >= place for found in followers)


@pytest.fixture
async def streams(database: Database) -> AsyncIterator[NewTraces]:
    """The streams of a server with room for five of these traces."""
    opened = NewTraces(database)
    yield opened
    opened.end()
    await opened.close()


async def test_all_subscriptions_together_have_a_limit(
    streams: NewTraces, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.api.live.trace_memory.KEPT_BYTES", 6 * TEXT_BYTES)
    place, batches = await streams.newest_place(), list[int]()
    prompts = [f"{number} " for number in range(20)]

    async with aclosing(streams.follow("a", reading(batches), place)) as first:
        async with aclosing(streams.follow("b", reading(batches), place)) as second, asyncio.timeout(WAIT_SECONDS):
            await store(database, "before ")
            streams.notify()
            assert [await anext(stream) for stream in (first, second)] == ["before "] * 2
            await store(database, *prompts)
            streams.notify()
            followers = list(streams._open.values())
            await until(partial(read_up_to, followers, place + 21))

            assert 0 < streams._memory.size <= 6 * TEXT_BYTES
            assert sum(len(found._traces) for found in followers) <= 5
            assert [[found async for found in limited(stream, 20)] for stream in (first, second)] == [prompts] * 2
        assert streams._memory.size == sum(kept.size for kept in followers[0]._traces)
    assert max(batches) == 3, "the third exceeds the size of a batch"
    assert streams._memory.size == 0


async def test_a_subscription_is_passed_large_traces_one_at_a_time(
    streams: NewTraces, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.api.live.new_traces.BATCH_BYTES", 5000)
    place = await streams.newest_place()

    async with aclosing(streams.follow("a", reading([]), place)) as stream, asyncio.timeout(WAIT_SECONDS):
        await store(database, "before")
        assert await anext(stream) == "before"
        (follower,) = streams._open.values()
        await store(database, "a", "b", "c")
        streams.notify()
        await until(partial(read_up_to, [follower], place + 4))
        found, after = await follower.after(place + 1)
        assert ([kept.trace for kept in found], after) == (["a"], found[0].place)
        assert [found async for found in limited(stream, 3)] == ["a", "b", "c"]


@on_sqlite
async def test_traces_larger_than_a_batch_arrive(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt.api.subscriptions.BATCH_BYTES", 1)
    (start,) = await send(address, "start")
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await opened.subscribe("s", CREATED, after=start["id"])
        await send(address, *"abcde")
        assert await opened.prompts("s", 5) == list("abcde")


class Kept:
    """A keeper that notes how often it has to forget."""

    def __init__(self) -> None:
        self.forgotten = 0

    def forget_oldest(self) -> None:
        """Counts the call."""
        self.forgotten += 1


def test_the_oldest_trace_of_all_keepers_is_forgotten_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt.api.live.trace_memory.KEPT_BYTES", 100)
    memory, one, other = TraceMemory(), Kept(), Kept()

    memory.add(one, LiveTrace(1, None, 60))
    memory.add(other, LiveTrace(1, None, 30))
    assert (one.forgotten, other.forgotten, memory.size) == (0, 0, 90)
    memory.add(other, LiveTrace(2, None, 40))
    assert (one.forgotten, other.forgotten, memory.size) == (1, 0, 70)
    memory.add(one, LiveTrace(2, None, 101))
    assert (one.forgotten, other.forgotten, memory.size) == (2, 2, 0)


def test_decoded_values_count_more_than_their_text():
    plain, nested = size_in_memory(["x" * 3000]), size_in_memory([[[]] * 1000])

    assert plain - size_in_memory([None, 1]) < 3100
    assert nested > 2 * VALUE_BYTES * 1000


async def test_a_shared_result_does_not_keep_its_event():
    class Event:
        """An event that may be large."""

    results, event, other = EventResults(), Event(), [1]
    gone = weakref.ref(event)

    first = results.result(event, "a", lambda: ExecutionResult({"n": 1}), lambda: 10)
    assert results.result(event, "a", lambda: ExecutionResult({"n": 2}), lambda: 10) is first
    results.result(other, "a", lambda: ExecutionResult({"n": 3}), lambda: 10)
    del event
    gc.collect()
    assert gone() is None
    assert list(results._known) == [(id(other), "a")]


async def test_a_socket_is_sent_one_message_at_a_time():
    """So a client that reads slowly holds one large message in memory, not one for each of its subscriptions."""
    sending, most = 0, 0

    async def send_text(_: str) -> None:
        nonlocal sending, most
        sending += 1
        most = max(most, sending)
        await asyncio.sleep(0)
        sending -= 1

    view: Any = SimpleNamespace(encoding=SharedEncoding())
    response: Any = SimpleNamespace(send_text=send_text)
    adapter = QuietAdapter(view, response, response)

    await asyncio.gather(*[adapter.send_json({"type": "next", "id": str(number)}) for number in range(5)])
    assert (sending, most) == (0, 1)
