"""Exports without the database: the same bytes as with it, whatever is away, lost or killed meanwhile."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update

from tests.support.export_processes import digest_of, files_in
from tests.support.factories import insert_rows, origin_draft, population
from tests.support.job_processes import claimed as claimed_here
from tests.support.job_processes import export_in, lapse
from tests.support.remote_exports import EVERYTHING, claim_of, claimed, entered, held, line_to, perform
from tests.support.runs import dataset_of_newest
from tunix_rt.db import session as database_session
from tunix_rt.db.identity import now
from tunix_rt.db.models import datasets, traces
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import register
from tunix_rt.domain.exports import grouping, reading
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import cancel_export
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.exports.sources import OfDataset, OfSelection, OfTraces, Source
from tunix_rt.domain.jobs.labels import knows_remote_workers
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.traces.origins import add_origins
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import RequestTimeout
from tunix_rt.jobs.engines.base import Leftovers
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.exports.process import run
from tunix_rt.settings import Settings

TRACE_ROWS, SCORE_ROWS = population(seed=3, size=90)
SCORER = Counter(row["scorer"] for row in SCORE_ROWS).most_common(1)[0][0]
BY_SCORER = FormatOptions(scorer=SCORER, pair_rule="all", pairs_per_group=9)
FILES: dict[tuple[ExportFormat, Container], FormatOptions] = {
    (ExportFormat.TRACE, Container.JSONL): FormatOptions(),
    (ExportFormat.TRACE, Container.PARQUET): FormatOptions(include_scores=True),
    (ExportFormat.TUNIX_SFT, Container.JSONL_GZ): FormatOptions(round_trip=True),
    (ExportFormat.TRAINING_EXAMPLE, Container.CSV): FormatOptions(escape_formulas=True, system_instruction="Think."),
    (ExportFormat.CHAT_MESSAGES, Container.HUGGING_FACE): FormatOptions(),
    (ExportFormat.PROMPT_COMPLETION, Container.JSONL_GZ): FormatOptions(include_scores=True),
    (ExportFormat.UNPAIRED_PREFERENCE, Container.PARQUET): FormatOptions(scorer=SCORER),
    (ExportFormat.STEPWISE, Container.JSONL): FormatOptions(scorer=SCORER),
    (ExportFormat.PROMPT_ONLY, Container.CSV): FormatOptions(),
    (ExportFormat.PREFERENCE, Container.JSONL_GZ): BY_SCORER,
    (ExportFormat.GROUPED, Container.PARQUET): FormatOptions(),
}
COUNTS = ("row_count", "missing_count", "skipped_count", "byte_size", "sha256")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs no jobs itself, and waits for no lost attempt."""
    return replace(settings, worker=False, worker_grace_seconds=0.0)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of few rows, so that all sources have several, and retries without pauses."""
    monkeypatch.setattr(reading, "FIRST_ROWS", 7)
    monkeypatch.setattr(reading, "PAGE_CHARS", 2000)
    monkeypatch.setattr(grouping, "ROWS", 11)
    monkeypatch.setattr(database_session, "RETRY_SECONDS", 0.01)


@pytest.fixture
async def sources(database: Database) -> list[Source]:
    """A selection, a dataset and given traces; some traces were deleted, and some have no valid answer."""
    ids: list[uuid.UUID] = [row["id"] for row in TRACE_ROWS]
    async with database.write() as session:
        await insert_rows(session, TRACE_ROWS, SCORE_ROWS)
        await add_origins(session, [(ids[0], origin_draft(malformed=True, raw_text="4, I think"))])
        await session.execute(
            update(traces).where(traces.c.id.in_(ids[:40])).values(group_key="g", prompt_hash="0" * 64)
        )
    dataset = OfDataset(await dataset_of_newest(database, len(ids), "all"))
    async with database.write() as session:
        await session.execute(delete(traces).where(traces.c.id.in_(ids[30:33])))
    given = OfTraces((*ids[:30], *ids[33:70], *ids[:5]))
    selection = TraceSelection(order=(("step_count", False), ("created_at", True)))
    return [OfSelection(selection), dataset, given]


def values_of(row: Any) -> list[Any]:
    """The counts, the size and the hash of an export's file."""
    return [getattr(row, name) for name in COUNTS]


async def local_row(database: Database, settings: Settings, *request: Any) -> Any:
    """The row of an export that was made with the database."""
    export_id = await entered(database, *request)
    assert await run(settings, await claimed_here(database)) == 0
    return await export_in(database, export_id)


async def test_the_bytes_are_those_of_an_export_with_the_database(
    database: Database, settings: Settings, app_client: httpx.AsyncClient, sources: list[Source], tmp_path: Path
):
    for source in sources:
        for (format_, container), options in FILES.items():
            local = await local_row(database, settings, source, format_, container, options)
            export_id = await entered(database, source, format_, container, options)
            async with line_to(app_client, await held(database)) as http:
                await perform(settings, tmp_path / "there", http)
            row = await export_in(database, export_id)

            assert (row.status, row.error_message, row.progress) == ("COMPLETED", None, 1.0)
            assert values_of(row) == values_of(local), (source, format_)
            assert row.row_count
            await digest_of(settings, row)
            assert abs(row.expires_at - local.expires_at).total_seconds() < 600
    assert list((tmp_path / "there").rglob("*.part")) == []


async def test_each_answer_may_be_lost_and_the_server_away(
    database: Database, settings: Settings, app_client: httpx.AsyncClient, sources: list[Source], tmp_path: Path
):
    request = (sources[1], ExportFormat.GROUPED, Container.JSONL_GZ)
    local = await local_row(database, settings, *request)
    export_id = await entered(database, *request)
    asked: Counter[tuple[str, bool]] = Counter()

    def fails(name: str, answered: bool) -> bool:
        asked[name, answered] += 1
        return not name.endswith("/export") and asked[name, answered] % 2 == 1

    async with line_to(app_client, await held(database), fails) as http:
        await perform(settings, tmp_path / "there", http)

    row = await export_in(database, export_id)
    assert (row.status, row.attempt, values_of(row)) == ("COMPLETED", 1, values_of(local))
    assert files_in(settings, export_id) == [f"1/{row.file_name}"]
    name = f"PUT /v1/attempt/export/files/{row.file_name}"
    assert asked[name, True] >= 2, "the file was sent again"


async def test_a_cancelled_export_stops_and_leaves_nothing(
    database: Database, settings: Settings, app_client: httpx.AsyncClient, sources: list[Source], tmp_path: Path
):
    export_id = await entered(database, sources[0])
    async with line_to(app_client, await held(database)) as http:
        async with database.write() as session:
            await cancel_export(session, export_id, now())
        await perform(settings, tmp_path / "there", http)

    row = await export_in(database, export_id)
    assert (row.status, row.path, row.sha256) == ("CANCELLED", None, None)
    assert files_in(settings, export_id) == []


async def test_an_attempt_that_was_replaced_stores_nothing(
    database: Database, settings: Settings, app_client: httpx.AsyncClient, sources: list[Source], tmp_path: Path
):
    export_id = await entered(database, sources[0])
    first = await held(database)
    uploads, replaced = asyncio.Event(), asyncio.Event()

    def fails(name: str, answered: bool) -> bool:
        if "/files/" in name:
            uploads.set()
            return not replaced.is_set()
        return False

    file_name = (await export_in(database, export_id)).file_name
    async with line_to(app_client, first, fails) as http:
        task = asyncio.create_task(perform(settings, tmp_path / "first", http))
        await uploads.wait()
        await lapse(database, export_id)
        second = await held(database, "w:1:b")
        replaced.set()
        await task
    row = await export_in(database, export_id)
    assert (second.attempt, row.status, row.attempt, files_in(settings, export_id)) == (2, "RUNNING", 2, [])
    async with line_to(app_client, second) as http:
        await perform(settings, tmp_path / "second", http)

    row = await export_in(database, export_id)
    assert (row.status, files_in(settings, export_id)) == ("COMPLETED", [f"2/{file_name}"])


async def test_a_dataset_that_is_deleted_meanwhile_fails_the_export(
    database: Database, settings: Settings, app_client: httpx.AsyncClient, sources: list[Source], tmp_path: Path
):
    export_id = await entered(database, sources[1])
    attempt = await held(database)
    async with database.write() as session:
        await session.execute(delete(datasets))
    async with line_to(app_client, attempt) as http:
        await perform(settings, tmp_path / "there", http)

    row = await export_in(database, export_id)
    assert (row.status, row.error_code) == ("FAILED", "NOT_FOUND")
    assert files_in(settings, export_id) == []


async def test_an_attempt_elsewhere_is_kept_for_its_grace(database: Database, settings: Settings):
    await entered(database)
    attempt = await held(database)
    await lapse(database, attempt.job)
    hold = Hold(attempt.job, "w:1:a", 1)
    waiting = Exports(replace(settings, worker_grace_seconds=3600.0)).engine

    assert await waiting.inspect(database, hold) is Leftovers.ALIVE
    assert await Exports(settings).engine.inspect(database, hold) is Leftovers.NOTHING


async def test_a_worker_gets_only_exports_that_it_can_write(database: Database):
    export_id = await entered(database, EVERYTHING, ExportFormat.TRACE, Container.PARQUET)

    assert await claimed(database, containers=[Container.JSONL]) is None
    assert await claimed(database, run=uuid.uuid4()) is None
    found = await claimed(database)
    assert (found and found.job) == export_id
    again = await claimed(database)
    assert again is not None
    assert found is not None
    assert (again.job, again.attempt) == (export_id, 1)
    assert again.token != found.token


async def test_a_worker_of_exports_alone_trains_nothing(database: Database):
    known = []
    for kinds in ([JobKindName.EXPORT], [JobKindName.EXPORT, JobKindName.RUN]):
        async with database.write() as session:
            await register(session, claim_of(kinds=kinds))
            known.append(await knows_remote_workers(session))

    assert known == [False, True]


async def test_a_read_that_takes_longer_than_a_request_may_fails_the_export(
    database: Database,
    settings: Settings,
    app_client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    asked: list[str] = []

    async def fail(rows: DatabaseRows, *_: Any) -> Any:
        asked.append(rows.format.value)
        raise RequestTimeout("The statement took too long.")

    monkeypatch.setattr(DatabaseRows, "size", fail)
    monkeypatch.setattr(DatabaseRows, "page", fail)
    export_id = await entered(database)
    async with line_to(app_client, await held(database)) as http:
        await perform(settings, tmp_path / "there", http)

    row = await export_in(database, export_id)
    assert (row.status, row.error_code, len(asked)) == ("FAILED", "TIMEOUT", 4)
    assert row.error_message == "The server cannot read the traces: The statement took too long."
