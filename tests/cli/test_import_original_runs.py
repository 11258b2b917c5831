"""Runs and early versions of the original application, imported, and databases that are none."""

from __future__ import annotations

import asyncio
import math
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import original
from tests.support.original import (
    AT,
    bring,
    bring_outside,
    build,
    rows_of,
    run,
    run_row,
    score_row,
    trace_row,
)
from tests.support.postgres import PostgresServer, free_port
from tests.support.program import Program
from tunix_rt.cli import UNAVAILABLE_STATUS
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.imports.importing import OnError
from tunix_rt.domain.runs.lifecycle import retry_run
from tunix_rt.errors import Conflict, Unavailable
from tunix_rt.integrations.original.source import open_original
from tunix_rt.integrations.original.transfer import TRACES_AT_ONCE, transfer
from tunix_rt.settings import Settings

MAX_BYTES = 1_048_576


def test_the_ends_of_runs(program: Program, database_url: str, original_url: str):
    words = ["completed", "failed", "timeout", "cancelled", "pending", "running", "cancel_requested"]
    ended = {"completed_at": None, "duration_seconds": None, "exit_code": None}
    rows = [run_row(status=word, created_at=AT + timedelta(place), **ended) for place, word in enumerate(words)]
    build(original_url, {original.tunix_runs: rows})

    assert bring(program, original_url)[1][2] == "7 runs added (7 read)."
    found = rows_of(database_url, tunix_runs, "created_at")
    assert [row["status"] for row in found] == ["COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", *["FAILED"] * 3]
    assert [row["error_code"] for row in found] == [None, "INTERNAL", "TIMEOUT", None, *["INTERNAL"] * 3]
    assert [row["message"] for row in found[:4]] == [
        "The dry run was successful.",
        "It failed.",
        "It timed out.",
        "It was cancelled.",
    ]
    for row, word in zip(found[4:], ("pending", "running", "cancel requested"), strict=True):
        printed = f"It was {word} in the original application when it was imported, and cannot continue here."
        assert (row["message"], row["error_message"]) == (printed, printed)
        assert row["completed_at"] > AT + timedelta(days=30)
    assert [row["completed_at"] for row in found[:4]] == [AT] * 4


def test_outputs_are_cut_to_their_ends(program: Program, database_url: str, original_url: str):
    build(original_url, {original.tunix_runs: [run_row(stdout="x" * 20_000 + "é" * 5_120 + "!", stderr="short")]})

    bring(program, original_url)

    (row,) = rows_of(database_url, tunix_runs)
    assert (row["stdout"], row["stderr"]) == ("é" * 5_119 + "!", "short")


def test_what_later_versions_store_of_a_run(program: Program, database_url: str, original_url: str):
    build(original_url, {original.tunix_runs: [run_row()]})
    run(
        original_url,
        "ALTER TABLE tunix_runs ADD COLUMN config JSON",
        "ALTER TABLE tunix_runs ADD COLUMN metrics JSON",
        """UPDATE tunix_runs SET config = '{"learning_rate": 0.1, "model_id": "m"}'""",
    )

    bring(program, original_url)

    (row,) = rows_of(database_url, tunix_runs)
    assert row["manifest"].splitlines()[1:] == ["learning_rate: 0.1", "model_id: m"]
    assert row["config"] is None


async def test_an_imported_run_cannot_be_tried_again(database: Database, settings: Settings, tmp_path: Path):
    url, failed = f"sqlite+aiosqlite:///{tmp_path / 'original #1?.db'}", run_row(status="failed")
    await asyncio.to_thread(build, url, {original.tunix_runs: [failed]})
    async with open_original(url) as source:
        await transfer(database, source, MAX_BYTES, OnError.STOP)

    with pytest.raises(Conflict, match="imported without its parameters"):
        async with database.write() as session:
            await retry_run(session, failed["run_id"], settings, AT)


def test_runs_of_no_known_kind_are_reported(program: Program, database_url: str, sqlite_original: str):
    odd = [run_row(status="lost"), run_row(mode="remote", created_at=AT + timedelta(1))]
    odd.append(run_row(duration_seconds=1e300, completed_at=None, created_at=AT + timedelta(2)))
    fine = run_row(stdout="a\0b", duration_seconds=math.inf, created_at=AT + timedelta(3))
    build(sqlite_original, {original.tunix_runs: [*odd, fine]})

    status, output, messages = bring(program, sqlite_original, "--on-error", "skip")

    assert (status, output[2]) == (0, "1 run added, 3 runs refused (4 read).")
    assert messages == [
        f"run {odd[0]['run_id'].hex}, status: status must be one of completed, failed, timeout, cancelled, not 'lost'.",
        f"run {odd[1]['run_id'].hex}, mode: mode must be one of dry-run, local, not 'remote'.",
        f"run {odd[2]['run_id'].hex}, duration_seconds: duration_seconds must give a valid end time.",
    ]
    (row,) = rows_of(database_url, tunix_runs)
    assert (row["stdout"], row["duration_seconds"]) == ("a\N{REPLACEMENT CHARACTER}b", None)
    assert bring(program, sqlite_original)[0] == 1


def test_an_early_version_has_traces_only(program: Program, original_url: str):
    build(original_url, {original.traces: [trace_row()]}, [original.traces])

    assert bring(program, original_url)[:2] == (
        0,
        ["1 trace added (1 read).", "0 scores added (0 read).", "0 runs added (0 read)."],
    )


def test_a_file_may_be_named_by_its_path_and_is_only_read(embedded: Program, sqlite_original: str, tmp_path: Path):
    build(sqlite_original, {original.traces: [trace_row()]})
    file = tmp_path / "original.db"
    content = file.read_bytes()
    file.chmod(0o400)

    assert bring_outside(embedded, "original.db")[1][0] == "1 trace added (1 read)."
    assert file.read_bytes() == content
    assert not list(tmp_path.glob("original.db-*"))


def reported(program: Program, url: str, expected: int = 1) -> str:
    """Returns the only line that an import prints before it ends with a status."""
    status, output, messages = bring_outside(program, url)
    assert (status, output, len(messages)) == (expected, [], 1), messages
    return messages[0].removeprefix("tunix-rt: ")


def test_a_database_that_is_not_there_is_reported(embedded: Program, postgres: PostgresServer):
    away = r"The original database cannot be read: .*{}.*\. Data imported so far is kept\."
    port = free_port()

    assert re.fullmatch(
        away.format("there is no file nowhere.db that can be read"),
        reported(embedded, "nowhere.db", UNAVAILABLE_STATUS),
    )
    unheard = reported(embedded, f"postgresql://nobody:secret@127.0.0.1:{port}/tunix", UNAVAILABLE_STATUS)
    assert re.fullmatch(away.format(f"127.0.0.1', {port}"), unheard)
    assert "secret" not in unheard
    assert re.fullmatch(
        away.format('database "nowhere" does not exist'),
        reported(embedded, postgres.url("nowhere"), UNAVAILABLE_STATUS),
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://here/db", "The URL must be postgresql://… or sqlite:///FILE."),
        ("nothing://", "The URL must be postgresql://… or sqlite:///FILE."),
        ("sqlite://", "The URL must be postgresql://… or sqlite:///FILE."),
        ("://", "This is not a database URL."),
    ],
)
def test_what_is_no_url_is_reported(embedded: Program, url: str, reason: str):
    assert reported(embedded, url) == reason


def test_what_is_no_database_of_the_original_is_reported(embedded: Program, database_url: str, tmp_path: Path):
    assert (
        reported(embedded, database_url)
        == "This is a database of this version of tunix-rt, not of the original application."
    )
    (tmp_path / "text.db").write_text("no database at all, but long enough to be opened" * 100)
    assert reported(embedded, "text.db") == "The file is not an SQLite database."
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE traces (id, name)")
    assert reported(embedded, "other.db") == (
        "This is not a database of the original tunix-rt: traces has no created_at, trace_version, payload."
    )
    with closing(sqlite3.connect(tmp_path / "odd.db")) as connection:
        connection.execute("CREATE TABLE traces (id, created_at, trace_version, payload)")
        connection.execute("CREATE TABLE scores (id, trace_id, scorer)")
    assert reported(embedded, "odd.db").startswith(
        "This is not a database of the original tunix-rt: scores has no criteria"
    )


async def test_what_broke_off_can_be_done_again(database: Database, tmp_path: Path):
    url, file = f"sqlite+aiosqlite:///{tmp_path / 'original.db'}", tmp_path / "original.db"
    rows = [trace_row(f"p{place}", place) for place in range(TRACES_AT_ONCE + 1)]
    await asyncio.to_thread(build, url, {original.traces: rows, original.scores: [score_row(row) for row in rows]})

    def break_off(_: int, __: Any) -> None:
        file.rename(tmp_path / "away.db")

    async with open_original(url) as source:
        with pytest.raises(Unavailable):
            await transfer(database, source, MAX_BYTES, OnError.STOP, break_off)
    (tmp_path / "away.db").rename(file)
    async with open_original(url) as source:
        brought = await transfer(database, source, MAX_BYTES, OnError.STOP)

    assert (brought.traces.added, brought.traces.duplicates) == (1, TRACES_AT_ONCE)
    assert (brought.scores.added, brought.scores.duplicates) == (1, TRACES_AT_ONCE)
