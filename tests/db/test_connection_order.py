"""Sessions get connections in the order in which they asked for one, and no place in that order is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Integer, bindparam, event, literal, select

from tests.support.postgres import free_port
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.db.connections import engine, open_sessions
from tunix_rt.db.connections.places import Places
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

CONNECTIONS = 2
NUMBER = Prepared(select(bindparam("number", 1, Integer())))

T = TypeVar("T")
Opening = Callable[[Database], AbstractAsyncContextManager[Session]]


async def use_prepared(session: Session) -> None:
    """Executes what leaves a read session open after its use."""
    await NUMBER.rows(session)


async def use_plainly(session: Session) -> None:
    """Executes what returns a read session's connection to the pool after its use."""
    await session.execute(select(literal(1)))


KEPT, WRITING = "a session that stays open", "a write session"
WAYS: dict[str, tuple[Opening, Callable[[Session], Awaitable[None]]]] = {
    KEPT: (Database.read, use_prepared),
    "a session that is closed": (Database.read, use_plainly),
    "a bulk session": (Database.bulk_read, use_plainly),
    WRITING: (Database.write, use_plainly),
}


@pytest.fixture
async def narrow(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database with two connections, whose sessions stay open for longer than any test takes."""
    monkeypatch.setattr(open_sessions, "KEEP_SECONDS", 3600.0)
    monkeypatch.setattr(engine, "BULK_READERS", CONNECTIONS)
    database = Database(replace(settings, db_pool_size=CONNECTIONS, db_max_overflow=0))
    yield database
    await database.close()


class Visitors:
    """Tasks that open a session each, and keep it until they may leave.

    Attributes:
        at_once: how many of them can have a session at a time.
    """

    def __init__(self, database: Database, way: str) -> None:
        self._database = database
        self._open, self._use = WAYS[way]
        self.at_once = 1 if (way, database.kind) == (WRITING, "sqlite") else CONNECTIONS
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._may_leave: dict[str, asyncio.Event] = {}
        self._newcomer = ""
        self._change = asyncio.Condition()
        self._refused: list[Unavailable] = []
        self.served: list[str] = []
        """The names of those that have got a session, in order."""

    async def send(self, *names: str) -> None:
        """Starts tasks that ask for sessions, one after the other."""
        for name in names:
            self._start(name)
        await asyncio.sleep(0)

    def send_at_return(self, name: str) -> None:
        """Starts a task once the next session is given back, before any task that waits can notice it."""
        self._newcomer = name
        for used in (self._database._writer, self._database._reader, self._database._bulk_reader):
            event.listen(used.sync_engine, "checkin", lambda *_: self._start_newcomer())

    async def serve_next(self) -> None:
        """Lets the one leave who has had a session for the longest, and waits until another one has got it."""
        number = len(self.served)
        self.dismiss(self.served[number - self.at_once])
        await self.until_served(number + 1)

    def dismiss(self, name: str) -> None:
        """Lets a task give its session back."""
        self._may_leave[name].set()

    async def until_served(self, number: int) -> None:
        """Waits until some number of tasks have got a session."""
        async with self._change:
            await self._change.wait_for(lambda: len(self.served) >= number or self._refused)
        assert not self._refused

    async def cancel(self, *names: str) -> None:
        """Cancels tasks and waits for their ends."""
        for name in names:
            self._tasks[name].cancel()
        await self.finish(*names)

    async def finish(self, *names: str) -> None:
        """Waits for the ends of tasks."""
        await asyncio.gather(*(self._tasks[name] for name in names), return_exceptions=True)

    async def cancel_all(self) -> None:
        """Cancels all tasks and waits for their ends."""
        await self.cancel(*self._tasks)

    def _start(self, name: str) -> None:
        self._may_leave[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._visit(name))

    def _start_newcomer(self) -> None:
        name, self._newcomer = self._newcomer, ""
        if name:
            self._start(name)

    async def _visit(self, name: str) -> None:
        try:
            async with self._open(self._database) as session:
                await self._use(session)
                await self._record(self.served, name)
                await self._may_leave[name].wait()
        except Unavailable as error:
            await self._record(self._refused, error)
        self._start_newcomer()

    async def _record(self, results: list[T], result: T) -> None:
        async with self._change:
            results.append(result)
            self._change.notify_all()


@pytest.fixture(params=WAYS)
async def visitors(narrow: Database, request: pytest.FixtureRequest) -> AsyncIterator[Visitors]:
    """Four tasks that take connections in one of the ways; as many of them as possible have one, in turn."""
    visitors = Visitors(narrow, request.param)
    for name in ("first", "second"):
        await visitors.send(name)
        await visitors.until_served(min(len(visitors._tasks), visitors.at_once))
    await visitors.send("third", "fourth")
    yield visitors
    await visitors.cancel_all()


async def test_a_newcomer_overtakes_nobody(visitors: Visitors):
    visitors.send_at_return("newcomer")

    while len(visitors.served) < 5:
        await visitors.serve_next()
        assert visitors.served == ["first", "second", "third", "fourth", "newcomer"][: len(visitors.served)]


async def test_the_place_of_a_cancelled_task_is_passed_on(visitors: Visitors):
    await visitors.cancel("third")
    visitors.send_at_return("newcomer")

    while len(visitors.served) < 4:
        await visitors.serve_next()
    assert visitors.served == ["first", "second", "fourth", "newcomer"]


async def test_cancelled_tasks_take_no_connection_with_them(narrow: Database, visitors: Visitors):
    await visitors.cancel_all()

    async with AsyncExitStack() as stack:
        for _ in range(visitors.at_once):
            await stack.enter_async_context(visitors._open(narrow))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_writer_needs_no_connection_of_a_session_that_was_kept_meanwhile(narrow: Database):
    """A reader gives its session back while one writer makes room, and another one takes the room."""
    readers, writers = Visitors(narrow, KEPT), Visitors(narrow, WRITING)
    await readers.send("first", "second")
    await readers.until_served(2)
    readers.dismiss("first")
    await readers.finish("first")
    event.listen(narrow._writer.sync_engine, "checkin", lambda *_: readers.dismiss("second"))

    await writers.send("third", "fourth")
    await writers.until_served(2)

    assert len(narrow._open_sessions) == 0
    await writers.cancel_all()
    await readers.cancel_all()


async def test_a_task_cancelled_in_its_turn_passes_its_place_on():
    places = Places(1, WAIT_SECONDS)

    async def take() -> None:
        async with places:
            pytest.fail("it was cancelled before it went on")

    async with places:
        waiting = asyncio.create_task(take())
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert waiting.cancelled()
    async with places:
        pass


@pytest.mark.parametrize("opening", [Database.read, Database.bulk_read])
async def test_a_long_wait_ends_with_an_error(settings: Settings, opening: Opening, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "BULK_READERS", 1)
    narrow = Database(replace(settings, db_pool_size=1, db_max_overflow=0, db_pool_timeout_seconds=1))

    async with opening(narrow):
        waiting = [opening(narrow).__aenter__() for _ in range(3)]
        errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(error) for error in errors} == {"All database connections are in use; try again."}
    assert {type(error) for error in errors} == {Unavailable}
    async with opening(narrow) as session:
        await use_plainly(session)
    await narrow.close()


@pytest.mark.parametrize("opening", [Database.read, Database.bulk_read, Database.write])
async def test_a_failed_connection_keeps_no_place(tmp_path: Path, opening: Opening):
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    away = Database(Settings(data_dir=tmp_path, database_url=url, db_pool_size=1, db_max_overflow=0))

    for _ in range(3):
        with pytest.raises(Unavailable, match="cannot be reached"):
            await opening(away).__aenter__()
    await away.close()
