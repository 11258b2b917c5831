"""Many writers and readers at once, in tasks and in processes: nothing fails, nothing is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from tests.support.factories import trace, trace_draft
from tests.support.postgres import PostgresServer
from tests.support.writers import count_in, finish, opened, prompts_in, start_import, write_lines
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.traces.given_scores import step_indexes
from tunix_rt.domain.traces.storage import add_new_traces, add_traces, delete_traces
from tunix_rt.errors import Conflict
from tunix_rt.settings import Settings

WRITERS = 12
TURNS = 5


async def test_tasks_and_processes_write_and_read_at_once(database: Database, database_url: str, tmp_path: Path):
    theirs = [[f"process {name} line {line}" for line in range(4500)] for name in range(2)]
    files = [write_lines(tmp_path / f"{name}.jsonl", prompts) for name, prompts in enumerate(theirs)]
    processes = [start_import(database_url, file) for file in files]
    done = asyncio.Event()

    async def write(writer: int) -> list[str]:
        prompts = [f"task {writer} turn {turn}" for turn in range(TURNS)]
        for prompt in prompts:
            async with database.write() as session:
                await add_traces(session, [trace_draft(trace(prompt))])
        return prompts

    async def read() -> list[int]:
        counts = []
        while not done.is_set():
            counts.append(await count_in(database))
            await asyncio.sleep(0.005)
        return counts

    readers = [asyncio.create_task(read()) for _ in range(4)]
    ours = await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    output = await asyncio.gather(*(asyncio.to_thread(finish, process) for process in processes))
    done.set()

    for counts in await asyncio.gather(*readers):
        assert counts
        assert counts == sorted(counts), "a reader saw fewer traces than before"
    assert all("4,500 traces added" in text for text in output)
    assert sorted(await prompts_in(database)) == sorted(prompt for part in [*ours, *theirs] for prompt in part)


async def test_two_processes_that_import_one_file_add_each_trace_once(
    database: Database, database_url: str, tmp_path: Path
):
    prompts = [f"line {line}" for line in range(4500)]
    file = write_lines(tmp_path / "same.jsonl", prompts)
    processes = [start_import(database_url, file) for _ in range(2)]
    for process in processes:
        await asyncio.to_thread(finish, process)

    assert sorted(await prompts_in(database)) == sorted(prompts)
    assert "Nothing new" in await asyncio.to_thread(finish, start_import(database_url, file))


async def test_two_importers_that_meet_in_one_batch_add_each_trace_once(settings: Settings):
    assert await import_twice(settings) == ([0, 50], 50)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
async def test_transactions_are_read_committed_whatever_the_default_is(
    postgres: PostgresServer, postgresql_url: str, tmp_path: Path, level: str
):
    """With another level, the one that waits for a lock does not see what the one before it has stored."""
    name = make_url(postgresql_url).database
    postgres.execute(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = '{level}'")

    assert await import_twice(Settings(data_dir=tmp_path, database_url=postgresql_url)) == ([0, 50], 50)


async def import_twice(settings: Settings) -> tuple[list[int], int]:
    """Imports a batch in two transactions at once; returns how many traces each has added, and how many are stored."""
    databases = [Database(settings), Database(settings)]
    drafts = [trace_draft(trace(f"line {line}")) for line in range(50)]

    async def add(database: Database) -> int:
        async with database.write() as session:
            added = await add_new_traces(session, drafts)
            await asyncio.sleep(0.05)
        return len(added.rows)

    async with opened(*databases):
        added = await asyncio.gather(*(add(database) for database in databases))
        return sorted(added), await count_in(databases[0])


async def test_the_order_of_seq_is_the_order_of_commit(settings: Settings):
    """A reader that asks only for rows after the last one seen gets every row, even if a writer commits late."""
    databases = [Database(settings) for _ in range(3)]
    done = asyncio.Event()

    async def write(number: int) -> None:
        for turn in range(8):
            async with databases[number % 2].write() as session:
                await add_traces(session, [trace_draft(trace(f"{number} {turn} {part}")) for part in range(2)])
                await asyncio.sleep(0.02 / (1 + number))

    async def tail() -> list[str]:
        seen: list[str] = []
        last = 0
        finished = False
        while not finished:
            finished = done.is_set()
            async with databases[2].read() as session:
                query = select(traces.c.seq, traces.c.prompt_preview).where(traces.c.seq > last).order_by(traces.c.seq)
                rows = (await session.execute(query)).all()
            seen += [row.prompt_preview for row in rows]
            last = rows[-1].seq if rows else last
        return seen

    async with opened(*databases):
        reader = asyncio.create_task(tail())
        await asyncio.gather(*(write(number) for number in range(6)))
        done.set()
        seen = await reader

        assert seen == await prompts_in(databases[2])
        assert len(seen) == 6 * 8 * 2


async def test_a_batch_is_stored_in_the_order_of_input(database: Database):
    prompts = [f"line {line * 1009 % 3000}" for line in range(3000)]
    async with database.write() as session:
        await add_new_traces(session, [trace_draft(trace(prompt)) for prompt in [*prompts, prompts[0]]])

    assert await prompts_in(database) == prompts
    async with database.read() as session:
        query = select(traces.c.prompt_preview).order_by(traces.c.created_at, traces.c.id)
        assert list((await session.execute(query)).scalars()) == prompts


async def test_scores_of_steps_of_a_trace_that_is_deleted_meanwhile_are_a_conflict(database: Database):
    async with database.write() as session:
        (row,) = await add_traces(session, [trace_draft()])
        assert await step_indexes(session, [row["id"]]) == {row["id"]: {0}}
        await delete_traces(session, [row["id"]])

        with pytest.raises(Conflict, match=r"The trace was deleted in the meantime\."):
            await step_indexes(session, [row["id"]])


@pytest.mark.parametrize("error", [ValueError("mine"), asyncio.CancelledError()], ids=["an error", "a cancellation"])
async def test_a_transaction_that_ends_in_a_error_leaves_nothing(database: Database, error: BaseException):
    async def fail() -> None:
        async with database.write() as session:
            await add_traces(session, [trace_draft()])
            raise error

    with pytest.raises(type(error)):
        await asyncio.create_task(fail())

    assert await count_in(database) == 0
    async with database.write() as session:
        await add_traces(session, [trace_draft()])
    assert await count_in(database) == 1
