"""Many subscriptions at once: equal ones are evaluated once, their number is bounded, and none misses anything."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from graphql import ExecutionResult, GraphQLError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from tests.support.api import Ask
from tests.support.subscriptions import CREATED, WAIT_SECONDS, Socket, event_stream, send, socket
from tests.support.traces import code_of, data_of, on_sqlite
from tests.support.waiting import until
from tunix_rt.api.execution.encoding import dumps
from tunix_rt.api.execution.events import EventResults
from tunix_rt.api.live.signal import WOKEN_AT_ONCE, Signal
from tunix_rt.http.graphql.turnstile import AT_ONCE, Turnstile
from tunix_rt.settings import Settings

LIMITS = "{ serverInfo { limits { socketMaxOperations liveMaxOperations } } }"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs few operations at once."""
    return replace(settings, worker=False, max_socket_operations=60, max_live_operations=70)


async def reads(address: str) -> int:
    """Returns the number of the server's reading sessions."""
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        text = (await client.get(f"http://{address}/metrics")).text
    (line,) = [
        line for line in text.splitlines() if line.startswith('tunix_rt_database_session_seconds_count{kind="read"')
    ]
    return int(float(line.split()[-1]))


async def subscribed(opened: Socket, address: str, names: list[str], **variables: Any) -> None:
    """Subscribes once for each name, and returns when each subscription has received a first trace."""
    (first,) = await send(address, "before")
    for name in names:
        await opened.subscribe(name, after=first["id"], **variables)
    await send(address, "first")
    assert await reported(opened, len(names)) == {name: ["first"] for name in names}


async def reported(opened: Socket, number: int) -> dict[str, list[str]]:
    """The prompts of the next results, by operation."""
    found: dict[str, list[str]] = {}
    for _ in range(number):
        message = await opened.receive()
        assert message["type"] == "next", message
        found.setdefault(message["id"], []).append(data_of(message["payload"])["traceCreated"]["prompt"])
    return found


async def test_equal_subscriptions_are_evaluated_once(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt.api.live.arrivals.POLL_SECONDS", 3600)
    asked = []
    for number in (2, 50):
        async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
            names = [str(name) for name in range(number)]
            await subscribed(opened, address, names)
            before = await reads(address)
            await send(address, f"to {number}")
            assert await reported(opened, number) == {name: [f"to {number}"] for name in names}
            asked.append(await reads(address) - before)

    assert max(asked) < 10, asked  # a read for the trace before may fall into the counted time


async def test_unequal_subscriptions_are_reported_what_each_asks_for(address: str):
    other = "subscription ($after: ID) { traceCreated(after: $after) { finalAnswer } }"
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await subscribed(opened, address, ["all"])
        (last,) = await send(address, "last")
        assert await reported(opened, 1) == {"all": ["last"]}
        await opened.subscribe("some", where={"externalId": {"eq": "b"}}, after=last["id"])
        await opened.subscribe("other", other, after=last["id"])
        await send(address, "a")
        await send(address, "b", externalId="b")
        await send(address, "c")

        found: dict[str, list[Any]] = {}
        for _ in range(7):
            message = await opened.receive()
            found.setdefault(message["id"], []).append(data_of(message["payload"])["traceCreated"])
    assert found["all"] == [{"id": trace["id"], "prompt": trace["prompt"]} for trace in found["all"]]
    assert [trace["prompt"] for trace in found["all"]] == ["a", "b", "c"]
    assert [trace["prompt"] for trace in found["some"]] == ["b"]
    assert found["other"] == [{"finalAnswer": "4"}] * 3


async def test_a_subscriber_behind_the_cached_traces_misses_nothing(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt.api.live.new_traces.KEPT_TRACES", 7)
    prompts = [str(number) for number in range(130)]
    (start,) = await send(address, "start")
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await opened.subscribe("early", after=start["id"])
        await send(address, *prompts[:120])
        assert await reported(opened, 120) == {"early": prompts[:120]}
        await opened.subscribe("late", after=start["id"])
        for prompt in prompts[120:]:
            await send(address, prompt)

        found = await reported(opened, 10 + 130)
    assert found == {"early": prompts[120:], "late": prompts}


async def test_what_was_stored_before_is_not_new(address: str):
    """Existing subscribers have received it already; a new one does not."""
    query = "subscription { traceCreated { id prompt } }"
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await opened.subscribe("first", query)
        for number in range(10):
            await send(address, f"old {number}")
            await opened.subscribe(f"s{number}", query)
        await opened.subscribe("q", "{ __typename }")
        seen: set[str] = set()
        while "q" not in seen:
            message = await opened.receive()
            seen.add(message["id"])
            if message["id"].startswith("s"):
                prompt = data_of(message["payload"])["traceCreated"]["prompt"]
                assert int(prompt.split()[1]) > int(message["id"][1:])


@on_sqlite
async def test_a_socket_has_a_bound(address: str):
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        for name in range(61):
            await opened.subscribe(str(name))
        refused = await opened.receive()
        assert (refused["id"], refused["type"]) == ("60", "error")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_COSTLY"
        assert "at most 60 concurrent operations" in refused["payload"][0]["message"]

        await opened.send(type="complete", id="0")
        await opened.subscribe("again", "{ __typename }")
        assert (await opened.receive())["payload"] == {"data": {"__typename": "Query"}}


@on_sqlite
async def test_all_connections_together_have_a_bound(address: str, ask: Ask):
    assert (await ask(LIMITS))["serverInfo"]["limits"] == {"socketMaxOperations": 60, "liveMaxOperations": 70}
    async with AsyncExitStack() as stack, asyncio.timeout(WAIT_SECONDS):
        opened, other = [await stack.enter_async_context(socket(address)) for _ in range(2)]
        for name in range(59):
            await opened.subscribe(str(name))
        await opened.subscribe("q", "{ __typename }")
        assert [(await opened.receive())["type"] for _ in range(2)] == ["next", "complete"]
        for name in range(12):
            await other.subscribe(str(name))
        refused = await other.receive()
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("11", "UNAVAILABLE")
        assert "at most 70 concurrent operations" in refused["payload"][0]["message"]
        async with event_stream(address, json={"query": CREATED}) as received:
            events = [event async for event in received]
        assert (events[0][0], code_of(events[0][1]), events[1]) == ("next", "UNAVAILABLE", ("complete", None))

        await opened.send(type="complete", id="0")
        await opened.subscribe("q", "{ __typename }")
        assert (await opened.receive())["id"] == "q"


@on_sqlite
async def test_closed_connections_give_their_places_back(address: str):
    for _ in range(5):
        async with socket(address) as opened:
            for name in range(60):
                await opened.subscribe(str(name))
            opened.connection.transport.abort()
        async with event_stream(address, json={"query": CREATED}):
            pass

    async with asyncio.timeout(WAIT_SECONDS), socket(address) as opened:

        async def is_answered() -> bool:
            await opened.subscribe("q", "{ __typename }")
            return (await opened.receive())["type"] == "next" and (await opened.receive())["type"] == "complete"

        await until(is_answered, "the operations of closed connections still count")  # they stop a few at a time


class Executed:
    """Executions of an event, counted."""

    def __init__(self, *errors: GraphQLError) -> None:
        self.count = 0
        self.errors = list(errors)

    def now(self) -> ExecutionResult:
        """Executes at once."""
        self.count += 1
        return ExecutionResult({"count": self.count}, self.errors or None)

    async def later(self) -> ExecutionResult:
        """Executes after a while."""
        await asyncio.sleep(0)
        return self.now()


async def test_the_result_of_an_event_is_shared():
    results, event, other, executed = EventResults(), object(), object(), Executed()

    found = [results.result(event, key, executed.now, lambda: 10).data for key in "aab"]
    assert found == [{"count": 1}, {"count": 1}, {"count": 2}]
    assert results.result(other, "a", executed.now, lambda: 10).data == {"count": 3}

    waiting = [results.result(event, "c", executed.later, lambda: 10) for _ in range(3)]
    assert [(await result).data for result in waiting] == [{"count": 4}] * 3


async def test_a_result_with_errors_is_everybodys_own():
    results, event, executed = EventResults(), object(), Executed(GraphQLError("no"))

    assert [results.result(event, "a", executed.now, lambda: 10).data["count"] for _ in range(2)] == [1, 2]
    waiting = [results.result(event, "b", executed.later, lambda: 10) for _ in range(2)]
    assert {(await result).data["count"] for result in waiting} == {3, 4}


async def test_large_results_are_not_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt.api.execution.events.KEPT_BYTES", 1000)
    results, executed = EventResults(), Executed()
    *events, last = [object() for _ in range(6)]

    for event in events:
        results.result(event, "a", executed.now, lambda: 200)
    assert (results._bytes, list(results._known)) == (800, [(id(event), "a") for event in events[3:]])
    results.result(last, "a", executed.now, lambda: 2000)
    assert (results._bytes, len(results._known)) == (0, 0)


async def test_those_who_wait_for_a_signal_go_on_some_at_a_time():
    signal, steps = Signal(), list[str]()

    async def wait(name: str) -> None:
        await signal.wait_for_change(signal.count)
        steps.append(name)

    waiting = [asyncio.create_task(wait("woken")) for _ in range(3 * WOKEN_AT_ONCE)]
    await asyncio.sleep(0)
    signal.notify()

    async def other() -> None:
        while len(steps) < 3 * WOKEN_AT_ONCE:
            steps.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(other(), *waiting)
    turns = "".join("." if step == "woken" else "|" for step in steps).split("|")
    assert max(map(len, turns)) == WOKEN_AT_ONCE


async def test_a_signal_given_between_looking_and_waiting_is_not_missed():
    signal = Signal()
    count = signal.count
    signal.notify()

    async with asyncio.timeout(WAIT_SECONDS):
        await signal.wait_for_change(count)


@on_sqlite
@pytest.mark.parametrize("method", ["run_operation", "cleanup_operation"])
async def test_operations_start_and_stop_some_at_a_time(address: str, method: str, monkeypatch: pytest.MonkeyPatch):
    """A client that sends thousands at once, or disappears with them, does not delay the requests of others."""
    monkeypatch.setattr("tunix_rt.http.graphql.turnstile.AT_ONCE", 1)
    turn, turns = 0, list[int]()
    original = getattr(BaseGraphQLTransportWSHandler, method)

    async def noted(*arguments: Any, **options: Any) -> None:
        turns.append(turn)
        await original(*arguments, **options)

    async def count_turns() -> None:
        nonlocal turn
        while len(turns) < 60:
            turn += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(BaseGraphQLTransportWSHandler, method, noted)
    counting = asyncio.create_task(count_turns())
    async with AsyncExitStack() as stack, asyncio.timeout(WAIT_SECONDS):
        opened = [await stack.enter_async_context(socket(address)) for _ in range(3)]
        for connection in opened:
            for name in range(20):
                await connection.subscribe(str(name))
        for connection in opened:
            for name in range(20):
                await connection.send(type="complete", id=str(name))
        await counting

    assert len(set(turns)) == len(turns)


async def test_a_turnstile_keeps_the_order_and_forgets_those_who_leave():
    turnstile, entered = Turnstile(), list[int]()

    async def enter(number: int) -> None:
        await turnstile.enter()
        entered.append(number)
        if number == 0:
            for task in entering[AT_ONCE : 2 * AT_ONCE]:
                task.cancel()

    entering = [asyncio.create_task(enter(number)) for number in range(3 * AT_ONCE)]
    await asyncio.gather(*entering, return_exceptions=True)

    assert entered == [*range(AT_ONCE), *range(2 * AT_ONCE, 3 * AT_ONCE)]


@on_sqlite
async def test_the_result_of_an_event_is_encoded_once_for_equal_subscriptions(
    address: str, monkeypatch: pytest.MonkeyPatch
):
    encoded: list[Any] = []

    def noted(value: Any) -> bytes:
        encoded.append(value)
        return dumps(value)

    names = [str(name) for name in range(50)]
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await subscribed(opened, address, names)
        monkeypatch.setattr("tunix_rt.http.graphql.websocket.dumps", noted)
        await send(address, "next")
        assert await reported(opened, 50) == {name: ["next"] for name in names}

    assert [value["traceCreated"]["prompt"] for value in encoded if isinstance(value, dict)] == ["next"]
