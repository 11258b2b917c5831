"""Training runs for the tests: datasets, runs in the ledger, a trainer that stands in, and waiting for things."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support.factories import insert_rows, score_row, trace, trace_row
from tests.support.locks import locked
from tests.support.postgres import PostgresServer
from tests.support.repository import ROOT
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import run_artifacts, run_logs, run_metrics, run_states, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.building import Title, build, store
from tunix_rt.domain.datasets.recipes import Sampling, Strategy
from tunix_rt.domain.filtering.predicates import All
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.runs.config import RunConfig, folder_name
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.domain.runs.lifecycle import start_run
from tunix_rt.domain.traces.selection import NEWEST_FIRST, TraceSelection
from tunix_rt.domain.traces.storage import last_seq
from tunix_rt.settings import Settings

SECONDS = itertools.count()
"""When the traces of each dataset were stored: the newest dataset has the newest traces."""

STAND_IN = ROOT / "tests" / "support" / "stand_ins" / "trainer.py"


async def make_dataset(
    database: Database,
    traces: int = 2,
    name: str = "math",
    prompts: Sequence[str] | None = None,
    answers: Sequence[str] = (),
) -> uuid.UUID:
    """A dataset of that many traces, which are new; their prompts, and the answers to the first, may be given."""
    asked = prompts or [f"What is {number} + {number}? ({name})" for number in range(traces)]
    start = next(SECONDS)
    made = [
        trace(prompt, final_answer=answer) for prompt, answer in itertools.zip_longest(asked, answers, fillvalue="4")
    ]
    rows = [trace_row(value, seconds=start + position / 1000) for position, value in enumerate(made)]
    async with database.write() as session:
        await insert_rows(session, rows)
    return await dataset_of_newest(database, len(asked), name)


async def dataset_of_newest(database: Database, count: int, name: str) -> uuid.UUID:
    """A dataset of the newest traces."""
    async with database.read() as session:
        as_of = await last_seq(session)
    recipe = Sampling(TraceSelection(All(()), NEWEST_FIRST, as_of), Strategy.LATEST, None, count)
    built = await build(database, recipe, Path(gettempdir()))
    try:
        async with database.write() as session:
            row = await store(session, Title(name, "v1"), recipe, built)
    finally:
        built.spool.close()
    return uuid.UUID(str(row["id"]))


async def make_scored_dataset(
    database: Database, answers: Mapping[str, Sequence[float | None]], name: str = "scored", scorer: str = "ada"
) -> list[uuid.UUID]:
    """A dataset of answers to prompts, each with its scores; returns its id and those of the traces, in its order."""
    made = [(prompt, score) for prompt, scores in answers.items() for score in scores]
    rows = [
        trace_row(trace(prompt, final_answer=f"{score}"), seconds=next(SECONDS), id=new_id()) for prompt, score in made
    ]
    scored = [
        score_row(row["id"], score, scorer=scorer)
        for row, (_, score) in zip(rows, made, strict=True)
        if score is not None
    ]
    async with database.write() as session:
        await insert_rows(session, rows, scored)
    dataset_id = await dataset_of_newest(database, len(rows), name)
    return [dataset_id, *reversed([row["id"] for row in rows])]


async def enter_run(database: Database, settings: Settings, dataset_id: uuid.UUID, **parameters: Any) -> uuid.UUID:
    """A run in the ledger that is queued."""
    given: dict[str, Any] = {"model_id": "tiny-random/qwen3", "mode": RunMode.TRAIN} | parameters
    async with database.write() as session:
        row = await start_run(session, RunConfig(dataset_id=dataset_id, **given), settings, now())
    return uuid.UUID(str(row["id"]))


async def run_of(database: Database, run_id: uuid.UUID) -> Any:
    """A run's row."""
    async with database.read() as session:
        return (await session.execute(select(tunix_runs).where(tunix_runs.c.id == run_id))).one()


async def until_status(
    database: Database, run_id: uuid.UUID, *statuses: JobStatus, seconds: float = WAIT_SECONDS
) -> Any:
    """A run's row, as soon as it has one of those statuses; any end, if none is named."""
    wanted = {status.value for status in statuses or ENDS}

    async def reached() -> Any:
        row = await run_of(database, run_id)
        return row if row.status in wanted else None

    return await until(reached, seconds=seconds)


async def until_exists(path: Path) -> None:
    """Returns once a file is there."""

    async def there() -> bool:
        return await asyncio.to_thread(path.exists)

    await until(there)


async def let_lapse(database: Database, run_id: uuid.UUID) -> None:
    """Lets time pass for a run's lease."""
    held = update(tunix_runs).where(tunix_runs.c.id == run_id, tunix_runs.c.owner.is_not(None))

    async def lapse() -> bool:
        async with database.write() as session:
            await session.execute(held.values(lease_expires_at=now() - timedelta(minutes=1)))
        return True

    await until(lapse)


async def sequence_of(database: Database, run_id: uuid.UUID) -> list[Any]:
    """Every entry of a run's sequence, in order."""
    found: list[Any] = []
    async with database.read() as session:
        for table in (run_states, run_logs, run_metrics):
            found += (await session.execute(select(table).where(table.c.run_id == run_id))).all()
    return sorted(found, key=lambda row: row.seq)


async def artifacts_of(database: Database, run_id: uuid.UUID) -> dict[str, str]:
    """The kinds of what a run has made, by name."""
    query = select(run_artifacts.c.name, run_artifacts.c.kind).where(run_artifacts.c.run_id == run_id)
    async with database.read() as session:
        return {row.name: row.kind for row in await session.execute(query)}


@dataclass(frozen=True)
class StandIn:
    """The trainer that stands in."""

    python: Path
    plan: Path
    gate: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a server process starts it."""
        return {"TUNIX_RT_TRAINER_PYTHON": str(self.python), "STAND_IN_PLAN": str(self.plan)}

    def does(self, **plan: Any) -> None:
        """Makes a plan for the attempts that begin from now on."""
        self.plan.write_text(json.dumps(plan))

    def waits(self, **plan: Any) -> None:
        """The same, with a wait after the first step until ``open`` is called."""
        self.gate.unlink(missing_ok=True)
        self.does(gate=str(self.gate), **plan)

    def open(self) -> None:
        """Lets it go on."""
        self.gate.touch()


def make_stand_in(folder: Path) -> StandIn:
    """Returns a trainer that stands in, whose files are in a folder."""
    python = folder / "stand-in-python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    python.chmod(0o755)
    found = StandIn(python, folder / "plan.json", folder / "gate")
    found.does()
    return found


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A trainer that stands in, for processes that this one starts."""
    found = make_stand_in(tmp_path)
    monkeypatch.setenv("STAND_IN_PLAN", str(found.plan))
    return found


def with_stand_in(settings: Settings, stand_in: StandIn, **changed: Any) -> Settings:
    """Settings under which the stand-in trains, and nothing waits for long."""
    given: dict[str, Any] = {"trainer_python": str(stand_in.python), "db_lock_timeout_seconds": 1.0}
    return replace(settings, **(given | changed))


def folder_of_run(settings: Settings, row: Any) -> Path:
    """The folder of a run."""
    return folder_of(settings.data_dir, folder_name(row.id, row.output_name))


Away = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def away(request: pytest.FixtureRequest, database_url: str) -> Away:
    """Takes the database away for a while: PostgreSQL is stopped, SQLite's file is another program's to write."""

    @asynccontextmanager
    async def stopped() -> AsyncIterator[None]:
        server: PostgresServer = request.getfixturevalue("postgres")
        await asyncio.to_thread(server.halt)
        try:
            yield
        finally:
            await asyncio.to_thread(server.resume)

    return (lambda: locked(database_url)) if database_url.startswith("sqlite") else stopped
