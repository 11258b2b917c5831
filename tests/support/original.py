"""A database of the original tunix-rt, as its migrations made it, with rows as it stored them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    insert,
    select,
    text,
)
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.factories import trace
from tests.support.postgres import PostgresServer
from tests.support.program import Program
from tunix_rt.cli import group
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

METADATA = MetaData()
AT = datetime(2025, 12, 24, 18, 30, 0, 123456, tzinfo=UTC)

traces = Table(
    "traces",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("trace_version", String(64), nullable=False),
    Column("payload", JSON(), nullable=False),
    Index("ix_traces_created_at", "created_at"),
)
scores = Table(
    "scores",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    Column("trace_id", Uuid(), ForeignKey("traces.id", ondelete="CASCADE"), nullable=False),
    Column("criteria", String(64), nullable=False),
    Column("score", Float(), nullable=False),
    Column("details", JSON(none_as_null=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_scores_trace_id", "trace_id"),
    Index("ix_scores_criteria", "criteria"),
)
tunix_runs = Table(
    "tunix_runs",
    METADATA,
    Column("run_id", Uuid(), primary_key=True),
    Column("dataset_key", String(256), nullable=False),
    Column("model_id", String(256), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("exit_code", Integer()),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    Column("duration_seconds", Double()),
    Column("stdout", Text(), nullable=False),
    Column("stderr", Text(), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_tunix_runs_dataset_key", "dataset_key"),
    Index("ix_tunix_runs_created_at", "created_at"),
)

Row = dict[str, Any]


def trace_row(prompt: str = "What is 2 + 2?", seconds: float = 0, **fields: Any) -> Row:
    """A trace's row; the payload always has ``meta``, null unless one was given."""
    payload = {"meta": None} | trace(prompt, **fields)
    return {
        "id": uuid.uuid4(),
        "created_at": AT + timedelta(seconds=seconds),
        "trace_version": payload["trace_version"],
        "payload": payload,
    }


def score_row(of: Mapping[str, Any], score: float = 5.1, **columns: Any) -> Row:
    """A baseline score's row."""
    details = {"step_count": 1, "total_chars": 1, "criteria": "baseline", "scored_at": "2025-12-24T18:31:00+00:00"}
    given = {"criteria": "baseline", "score": score, "details": details, "created_at": AT + timedelta(seconds=60)}
    return {"id": uuid.uuid4(), "trace_id": of["id"]} | given | columns


def run_row(**columns: Any) -> Row:
    """A completed dry run's row."""
    given = {
        "run_id": uuid.uuid4(),
        "dataset_key": "ds-v1",
        "model_id": "google/gemma-2b-it",
        "mode": "dry-run",
        "status": "completed",
        "exit_code": 0,
        "started_at": AT,
        "completed_at": AT + timedelta(seconds=1.5),
        "duration_seconds": 1.5,
        "stdout": "dry run",
        "stderr": "",
        "created_at": AT,
    }
    return given | columns


def build(
    url: str, rows: Mapping[Table, Sequence[Row]], tables: Sequence[Table] = (traces, scores, tunix_runs)
) -> None:
    """Makes the tables that are missing, and stores rows."""
    run(url, *([METADATA, tables], *rows.items()))


def run(url: str, *steps: Any) -> None:
    """Does some things in one transaction: a statement's text, rows of a table, or tables to be made."""

    async def doing() -> None:
        engine = create_async_engine(url, json_serializer=json.dumps)
        async with engine.begin() as session:
            for step in steps:
                if isinstance(step, str):
                    await session.execute(text(step))
                elif isinstance(step, list):
                    made, tables = step
                    await session.run_sync(made.create_all, tables)
                elif step[1]:
                    await session.execute(insert(step[0]), list(step[1]))
        await engine.dispose()

    asyncio.run(doing())


NAMES = (f"original_{number}" for number in count(1))


@pytest.fixture
def sqlite_original(tmp_path: Path) -> str:
    """Returns the path for an original's SQLite database."""
    return f"sqlite+aiosqlite:///{tmp_path / 'original.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def original_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Returns the URL for an original's database, on each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'original.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = next(NAMES)
    postgres.create_database(name)
    yield postgres.url(name)
    postgres.drop_database(name)


def rows_of(database_url: str, table: Table, *order: str) -> list[dict[str, Any]]:
    """Returns the rows of one of our tables."""

    async def reading() -> list[dict[str, Any]]:
        database = Database(Settings(database_url=database_url))
        async with database.read() as session:
            found = await session.execute(select(table).order_by(*(table.c[name] for name in order or ("id",))))
            rows = [dict(row) for row in found.mappings()]
        await database.close()
        return rows

    return asyncio.run(reading())


def bring(program: Program, url: str, *options: str) -> tuple[int, list[str], list[str]]:
    """The status of an import in this process, its output and its messages."""
    command = ["import", "tunix-rt", url, *options]
    done = CliRunner().invoke(group, command, env=program.environment, catch_exceptions=False)
    return done.exit_code, done.stdout.splitlines(), done.stderr.splitlines()


def bring_outside(program: Program, url: str, *options: str) -> tuple[int, list[str], list[str]]:
    """The same in a separate process."""
    status, output, messages = program.run("import", "tunix-rt", url, *options)
    return status, output.splitlines(), messages.splitlines()
