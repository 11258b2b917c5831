"""An import stores one batch while it reads the next, and indexes words in the background."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select, text

from tests.support.factories import trace, trace_draft
from tests.support.waiting import until
from tests.support.writers import count_in, prompts_in
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database, lock_inserts
from tunix_rt.domain.filtering.predicates import Search
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.imports import batch_writer
from tunix_rt.domain.imports.batch_writer import DEFERRED_BYTES
from tunix_rt.domain.imports.importing import ImportReport, ImportSource
from tunix_rt.domain.imports.storing import import_source
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind
from tunix_rt.domain.scores.storage import add_given_scores
from tunix_rt.domain.traces.search_bodies import postgresql_body
from tunix_rt.domain.traces.search_index import take_binary_vectors
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput, Conflict
from tunix_rt.settings import Settings

PENDING_PAGES = text("SELECT gin_clean_pending_list('ix_traces_search')")
LONG = "word " * 2000


def read(line: str, _: int) -> list[TraceDraft]:
    """The trace of a line; of ``bad`` it has no steps, which the database refuses."""
    draft = trace_draft(trace(line))
    if line == "bad":
        draft.payload.steps.clear()
    return [draft]


def read_long(line: str, _: int) -> list[TraceDraft]:
    """The trace of a line, whose final answer is long."""
    return [trace_draft(trace(line, final_answer=LONG))]


async def source_of(batches: Sequence[Sequence[str]], error: Exception | None = None) -> AsyncIterator[Sequence[str]]:
    """Batches, and then an error."""
    for batch in batches:
        yield batch
    if error is not None:
        raise error


async def found_by(database: Database, word: str) -> int:
    """The number of traces that a search finds."""
    query = select(traces.c.id).where(compile_predicate(Search(word), TRACES, database.kind))
    async with database.read() as session:
        return len((await session.execute(query)).all())


async def test_a_batch_is_read_while_the_one_before_is_stored(database: Database):
    second_is_read = asyncio.Event()

    async def batches() -> AsyncIterator[list[str]]:
        yield ["first"]
        second_is_read.set()
        yield ["second"]

    async with database.write() as session:
        await lock_inserts(session, "traces")
        importing = asyncio.create_task(import_source(database, ImportSource(batches(), read)))
        await asyncio.wait_for(second_is_read.wait(), 60)
        assert await count_in(database) == 0

    assert (await importing).added == 2
    assert await prompts_in(database) == ["first", "second"]


GIVEN = GivenScore(scorer="ada", kind=ScoreKind.HUMAN, score=1.0)
WAITING_FOR_A_LOCK = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
    "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
)


async def test_a_score_that_is_imported_by_itself_at_the_same_time_is_stored_once(postgresql_url: str, tmp_path: Path):
    """On SQLite, all writers wait for each other."""
    database = Database(Settings(data_dir=tmp_path, database_url=postgresql_url))

    def read_scored(line: str, _: int) -> list[TraceDraft]:
        draft = trace_draft(trace(line))
        draft.scores = (GIVEN,)
        return [draft]

    async def is_waiting_or_done() -> bool:
        async with database.read() as session:
            return importing.done() or bool(await session.scalar(WAITING_FOR_A_LOCK))

    assert (await import_source(database, ImportSource(source_of([["known"]]), read))).added == 1
    async with database.write() as session:
        await lock_inserts(session, "scores")
        await add_given_scores(session, [((await session.scalars(select(traces.c.id))).one(), GIVEN)])
        importing = asyncio.create_task(import_source(database, ImportSource(source_of([["known"]]), read_scored)))
        await until(is_waiting_or_done)

    report = await importing
    await database.close()
    assert (report.added, report.duplicates, report.scores) == (0, 1, 0)


async def test_a_cancelled_import_stores_and_counts_the_batch_that_it_was_storing(database: Database):
    report = ImportReport()

    async def batches() -> AsyncIterator[list[str]]:
        yield ["first", "second"]
        importing.cancel()
        await asyncio.Event().wait()

    importing = asyncio.create_task(import_source(database, ImportSource(batches(), read), report=report))
    with pytest.raises(asyncio.CancelledError):
        await importing

    assert report.added == await count_in(database) == 2


async def test_a_damaged_source_leaves_every_batch_before_it_stored(database: Database):
    report = ImportReport()
    source = ImportSource(source_of([["first"], ["second"]], BadUserInput("damaged")), read)

    with pytest.raises(BadUserInput, match="damaged"):
        await import_source(database, source, report=report)

    assert report.added == 2
    assert await prompts_in(database) == ["first", "second"]


async def test_a_batch_that_cannot_be_stored_ends_the_import(database: Database):
    report = ImportReport()
    source = ImportSource(source_of([["first"], ["bad"], ["third"], ["fourth"]]), read)

    with pytest.raises(Conflict):
        await import_source(database, source, report=report)

    assert report.added == 1
    assert await prompts_in(database) == ["first"]


async def test_a_cancelled_import_does_not_wait_for_ever_to_store_a_batch(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batch_writer, "GRACE_SECONDS", 0.1)
    async with database.write() as session:
        await lock_inserts(session, "traces")
        reading = asyncio.Event()

        async def batches() -> AsyncIterator[list[str]]:
            yield ["first"]
            reading.set()
            await asyncio.Event().wait()

        importing = asyncio.create_task(import_source(database, ImportSource(batches(), read)))
        await asyncio.wait_for(reading.wait(), 60)
        importing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await importing

    assert await count_in(database) == 0


async def test_words_are_found_at_once_and_merged_by_the_end(database: Database, monkeypatch: pytest.MonkeyPatch):
    lines = [f"line {number}" for number in range(2 * DEFERRED_BYTES // len(LONG))]
    merges: list[int] = []

    async def merge(merged: Database) -> None:
        merges.append(await found_by(merged, "line"))
        await original(merged)

    original = batch_writer.merge
    monkeypatch.setattr(batch_writer, "merge", merge)
    await import_source(database, ImportSource(source_of([lines]), read_long))

    assert await found_by(database, "line") == len(lines)
    assert merges == ([] if database.kind == "sqlite" else [len(lines)])
    if database.kind == "postgresql":
        async with database.write() as session:
            assert (await session.execute(PENDING_PAGES)).scalar() == 0


async def test_a_long_import_merges_more_than_once(database: Database, monkeypatch: pytest.MonkeyPatch):
    lines = [f"line {number}" for number in range(2 * DEFERRED_BYTES // len(LONG))]
    batches = [[f"{line} of batch {number}" for line in lines] for number in range(4)]
    merges: list[Database] = []

    async def merge(merged: Database) -> None:
        merges.append(merged)

    monkeypatch.setattr(batch_writer, "merge", merge)
    monkeypatch.setattr(batch_writer, "PENDING_BYTES", 1)
    await import_source(database, ImportSource(source_of(batches), read_long))

    assert len(merges) == (0 if database.kind == "sqlite" else 4)


WORDS = {
    "few": ["two", "and", "two", "make", "four"],
    "beyond ASCII": ["σίσυφοσ", "漢字", "字", "é", "漢字"],
    "one word often": ["x"] * 300 + ["y"],
    "more than have a position": [f"w{number % 17_000}" for number in range(20_000)],
}


@pytest.mark.parametrize("name", WORDS)
async def test_a_binary_vector_is_the_one_of_its_text(postgresql_url: str, name: str):
    words = WORDS[name]
    seen: Counter[str] = Counter()
    written = ""
    for position, word in enumerate(words[:16_382], 1):
        seen[word] += 1
        written += f"{word}:{position} " if seen[word] <= 255 else ""
    unplaced = " ".join(sorted(set(words)))
    connection = await asyncpg.connect(postgresql_url.replace("postgresql+asyncpg", "postgresql"))
    of_text = await connection.fetchval(
        "SELECT (($1::text)::tsvector || strip(($2::text)::tsvector))::text", written, unplaced
    )
    await take_binary_vectors(connection, {})
    of_bytes = await connection.fetchval("SELECT ($1::tsvector)::text", postgresql_body(words))
    await connection.close()

    assert of_bytes == of_text
