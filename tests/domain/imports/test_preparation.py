"""A second process prepares the batches of a large import, with the same result as a thread."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite

from tests.support.factories import external_ids, native_traces, trace
from tests.support.processes import is_alive
from tests.support.waiting import until
from tests.support.writers import prompts_in
from tunix_rt.db.bulk import driver_columns
from tunix_rt.db.connections.engine import JSON_CODEC
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.imports import preparation
from tunix_rt.domain.imports.formats import get_import_format
from tunix_rt.domain.imports.formats.rows import answer_columns, rows_format
from tunix_rt.domain.imports.importing import ImportReport, OnError
from tunix_rt.domain.imports.line_imports import RecordOptions, line_source, record_reader
from tunix_rt.domain.imports.lines import BlankLines
from tunix_rt.domain.imports.preparation import Preparation, PreparationProcess
from tunix_rt.domain.imports.preparing import prepare_batch
from tunix_rt.domain.imports.storing import import_source
from tunix_rt.domain.traces.prepared import derived_columns, prepare_traces
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput

KINDS = ("sqlite", "postgresql")
MAX_BYTES = 100_000
SCORES = [
    {
        "scorer": "ada",
        "kind": "HUMAN",
        "score": 0.5,
        "details": {"a": [1]},
        "scored_at": "2026-01-02T03:04:05.000006+02:00",
    }
]
ORIGIN = {
    "run": "elsewhere",
    "raw_text": "raw",
    "sampling_parameters": {"temperature": 1, "top_p": 0.9, "max_new_tokens": 5},
}
LINES: list[bytes] = [
    orjson.dumps(trace("plain")),
    orjson.dumps(trace("beyond ASCII: σίσυφος 漢字", meta={"source": "é", "n": [1, 2.5, None]})),
    b"not JSON",
    orjson.dumps(trace("scored") | {"scores": SCORES, "external_id": "x", "reference_answer": "4", "group": "g"}),
    orjson.dumps(trace("from a run") | {"produced_by": ORIGIN}),
    b"  ",
    orjson.dumps(trace("bad", steps=[]) | {"steps": [{"i": 1, "type": "", "content": ""}, {"i": 1}]}),
    orjson.dumps(trace("plain")),
    orjson.dumps(trace("scored") | {"scores": SCORES, "external_id": "x"}),
]


def reading(**options: Any) -> RecordOptions:
    """The reading of native lines."""
    return RecordOptions(get_import_format("jsonl"), MAX_BYTES, **options)


async def stream(batches: Sequence[Sequence[bytes]]) -> AsyncIterator[bytes]:
    """Lines as an import takes them."""
    for batch in batches:
        for line in batch:
            yield line


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[PreparationProcess]:
    """Collects the second processes; one is started after the first batch, which is waited for."""
    found: list[PreparationProcess] = []
    start, prepare = preparation.start, Preparation.prepare

    async def collected(*arguments: Any) -> PreparationProcess | None:
        process = await start(*arguments)
        found.extend([process] if process else [])
        return process

    async def prepared(self: Preparation, batch: Sequence[Any], report: ImportReport) -> Any:
        traces_ = await prepare(self, batch, report)
        if self._starting is not None:
            await self._starting
        return traces_

    monkeypatch.setattr(preparation, "LARGE_BYTES", 1)
    monkeypatch.setattr(preparation, "has_two_cores", lambda: True)
    monkeypatch.setattr(preparation, "start", collected)
    monkeypatch.setattr(Preparation, "prepare", prepared)
    return found


def pid_of(process: PreparationProcess) -> int:
    """The id of a second process."""
    return process._process.pid


def dialect_of(kind: str) -> Dialect:
    """SQLAlchemy's dialect of a kind of database, with the server's JSON."""
    return {"sqlite": sqlite, "postgresql": postgresql}[kind](**JSON_CODEC)


@pytest.mark.parametrize("kind", KINDS)
@given(value=native_traces(), external_id=external_ids())
def test_prepared_columns_are_the_ones_that_sqlalchemy_gives_the_driver(
    kind: str, value: dict[str, Any], external_id: str | None
):
    draft = validate_trace(value, MAX_BYTES, external_id)
    expected = driver_columns(traces, [derived_columns(draft)], dialect_of(kind))
    assert prepare_traces([draft], kind).columns == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part_lines", [1, 2, 500])
async def test_a_process_prepares_lines_as_the_thread_does(
    kind: str, part_lines: int, started: list[PreparationProcess], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(preparation, "PART_LINES", part_lines)
    options = reading(constants={"meta.split": "train"})
    expected = prepare_batch(LINES, record_reader(options, from_first=False), 7, kind)
    report = ImportReport(lines=6)
    async with Preparation(line_source(stream([]), options), kind) as prepared:
        await prepared.prepare(LINES[:1], report)
        found = await prepared.prepare(LINES, report)

    assert len(started) == 1
    assert found == expected.traces
    assert len(found) == 6
    assert list(found.scores) == [2, 5]
    assert list(found.origins) == [3]
    assert (report.lines, report.rejected) == (7 + len(LINES), 2)
    assert report.refusals == expected.report.refusals != []


def many(number: int, start: int = 0) -> list[bytes]:
    """Different traces, one a line."""
    return [orjson.dumps(trace(f"line {line}")) for line in range(start, start + number)]


async def import_batches(
    database: Database, batches: AsyncIterator[Sequence[Any]], on_error: OnError = OnError.STOP
) -> ImportReport:
    """Imports batches of native lines, which a second process may read."""
    source = line_source(stream([]), reading())
    return await import_source(database, replace(source, batches=batches), on_error=on_error)


async def test_an_import_stores_each_line_once_and_in_order(database: Database, started: list[PreparationProcess]):
    async def batches() -> AsyncIterator[Sequence[bytes]]:
        yield many(3)
        yield [*many(5), b"bad", *(line for line in LINES if b"produced_by" not in line)]
        yield [*many(2), *many(2, 5)]

    report = await import_batches(database, batches(), OnError.SKIP)

    assert [is_alive(pid_of(process)) for process in started] == [False]
    assert await prompts_in(database) == [
        *("line 0", "line 1", "line 2", "line 3", "line 4"),
        *("plain", "beyond ASCII: σίσυφος 漢字", "scored", "line 5", "line 6"),
    ]
    assert (report.lines, report.added, report.duplicates, report.rejected, report.scores) == (21, 10, 7, 3, 1)
    assert sorted({refusal.line for refusal in report.refusals}) == [9, 12, 15]


async def test_blank_lines_and_lines_that_are_too_long_are_counted(
    database: Database, started: list[PreparationProcess]
):
    async def batches() -> AsyncIterator[Sequence[Any]]:
        yield many(1)
        yield [BlankLines.of(b"\n\n\n"), *many(1, 1)]
        yield [BadUserInput("A line must be shorter."), *many(1, 2)]

    report = await import_batches(database, batches(), OnError.SKIP)

    assert len(started) == 1
    assert (report.lines, report.added, report.rejected) == (7, 3, 1)
    assert [(refusal.line, refusal.reason) for refusal in report.refusals] == [(6, "A line must be shorter.")]


async def test_lines_that_a_killed_process_has_not_returned_are_stored_once(
    database: Database, started: list[PreparationProcess]
):
    async def batches() -> AsyncIterator[Sequence[bytes]]:
        yield many(3)
        os.kill(pid_of(started[0]), signal.SIGSTOP)  # so that it is killed while it has lines
        asyncio.get_running_loop().call_later(0.2, os.kill, pid_of(started[0]), signal.SIGKILL)
        yield many(3, 3)
        yield many(3, 6)

    report = await import_batches(database, batches())

    assert len(started) == 1
    assert (report.lines, report.added, report.duplicates) == (9, 9, 0)
    assert await prompts_in(database) == [f"line {number}" for number in range(9)]


async def test_a_process_that_takes_too_long_is_killed_and_its_lines_are_stored(
    database: Database, started: list[PreparationProcess], monkeypatch: pytest.MonkeyPatch
):
    async def batches() -> AsyncIterator[Sequence[bytes]]:
        yield many(3)
        os.kill(pid_of(started[0]), signal.SIGSTOP)
        monkeypatch.setattr(preparation, "PART_SECONDS", 0.1)
        yield many(3, 3)

    report = await import_batches(database, batches())

    assert report.added == 6
    assert not is_alive(pid_of(started[0]))


async def test_a_cancelled_import_ends_its_process(database: Database, started: list[PreparationProcess]):
    waiting = asyncio.Event()

    async def batches() -> AsyncIterator[Sequence[bytes]]:
        yield many(3)
        waiting.set()
        await asyncio.Event().wait()

    importing = asyncio.create_task(import_batches(database, batches()))
    await asyncio.wait_for(waiting.wait(), 60)
    assert is_alive(pid_of(started[0]))
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing

    assert not is_alive(pid_of(started[0]))


@pytest.mark.parametrize(("stopped", "status"), [(False, 0), (True, -signal.SIGKILL)])
async def test_a_process_ends_with_its_input_or_is_killed(
    stopped: bool, status: int, started: list[PreparationProcess], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(preparation, "END_SECONDS", 0.1 if stopped else 60)
    async with Preparation(line_source(stream([]), reading()), "sqlite") as prepared:
        await prepared.prepare(many(1), ImportReport())
        if stopped:
            os.kill(pid_of(started[0]), signal.SIGSTOP)

    assert started[0]._process.returncode == status


IMPORT = """
import asyncio, sys
from tunix_rt.domain.imports import preparation
from tunix_rt.domain.imports.importing import RecordProgram

async def main():
    process = await preparation.start(RecordProgram("jsonl", 1000, False, {}), "sqlite")
    print(process._process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_process_ends_with_an_import_that_is_killed():
    importing = await asyncio.create_subprocess_exec(sys.executable, "-c", IMPORT, stdout=asyncio.subprocess.PIPE)
    assert importing.stdout is not None
    started = int(await importing.stdout.readline())
    assert is_alive(started)
    importing.kill()
    await importing.wait()

    async def is_gone() -> bool:
        return not is_alive(started)

    await until(is_gone)


@pytest.mark.parametrize("command", ["/nowhere/python", "/bin/false"])
async def test_an_import_goes_on_without_a_process_that_cannot_be_started(
    database: Database, command: str, started: list[PreparationProcess], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "executable", command)

    async def batches() -> AsyncIterator[Sequence[bytes]]:
        yield many(3)
        yield many(3, 3)

    assert (await import_batches(database, batches())).added == 6
    assert started == []


async def test_a_small_import_starts_no_process(
    database: Database, started: list[PreparationProcess], monkeypatch: pytest.MonkeyPatch
):
    async def batches() -> AsyncIterator[Sequence[bytes]]:
        yield many(3)
        yield many(3, 3)

    size = prepare_batch(many(6), record_reader(reading()), 0, "sqlite").traces.size
    monkeypatch.setattr(preparation, "LARGE_BYTES", size + 1)
    assert (await import_batches(database, batches())).added == 6
    assert started == []

    monkeypatch.setattr(preparation, "LARGE_BYTES", size)
    assert (await import_batches(database, batches())).duplicates == 6
    assert len(started) == 1


async def test_only_the_first_record_gets_a_hint_of_another_format(
    database: Database, started: list[PreparationProcess]
):
    foreign = orjson.dumps({"messages": [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "2"}]})

    async def batches() -> AsyncIterator[Sequence[bytes]]:
        yield many(1)
        yield [foreign]

    report = await import_batches(database, batches(), OnError.SKIP)

    assert len(started) == 1
    assert report.rejected == 1
    assert not any("chat_messages" in refusal.reason for refusal in report.refusals)


def test_a_format_made_of_options_is_read_by_the_thread():
    rows = RecordOptions(rows_format(answer_columns(["prompt=question"], [], [], "=")), MAX_BYTES)
    assert line_source(stream([]), rows).program is None
    assert line_source(stream([]), reading()).program is not None
