"""The databases measured: fresh, migrated ones of both kinds, filled the quick way."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from tests.benchmarks.machine import OTHER_CORES, on_cores
from tests.support.postgres import PostgresServer
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.migrate import upgrade
from tunix_rt.db.models import scores
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.scorers import get_scorer
from tunix_rt.domain.scorers.running.executing import ScorerExecutor
from tunix_rt.domain.scorers.scoring import score_batch
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.settings import Settings

BATCH = 2000
MAX_BYTES = 1_048_576
MODEL_SCORER = "judge"
KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Databases:
    """Creates databases in a folder and on a separate PostgreSQL server.

    Args:
        folder: an existing folder for the files.
    """

    def __init__(self, folder: Path, postgres: PostgresServer) -> None:
        self.folder = folder
        self._postgres = postgres
        self._numbers = count(1)
        self._template = folder / "template.db"
        upgrade(f"sqlite+aiosqlite:///{self._template}")
        postgres.create_database("template_bench")
        upgrade(postgres.url("template_bench"))

    def fresh(self, kind: str) -> str:
        """The address of a new, migrated, empty database."""
        name = f"bench_{next(self._numbers)}"
        if kind == "postgresql":
            self._postgres.create_database(name, "template_bench")
            return self._postgres.url(name)
        shutil.copyfile(self._template, self.folder / f"{name}.db")
        return f"sqlite+aiosqlite:///{self.folder / name}.db"

    def tidy(self, url: str) -> None:
        """Gives the planner its statistics, as PostgreSQL's autovacuum would in time."""
        if url.startswith("postgresql"):
            asyncio.run(vacuum(url))

    def halt(self) -> None:
        """Stops the PostgreSQL server until ``resume``."""
        self._postgres.halt()

    def resume(self) -> None:
        """Starts the PostgreSQL server again."""
        self._postgres.resume()

    def remove(self, url: str) -> None:
        """Takes a database away, to give its room back."""
        name = url.rpartition("/")[2]
        if url.startswith("postgresql"):
            self._postgres.drop_database(name)
        else:
            for file in self.folder.glob(f"{name}*"):  # with its write-ahead log
                file.unlink()


@contextmanager
def databases(folder: Path) -> Iterator[Databases]:
    """Databases in a folder, until the end of the block; PostgreSQL keeps off the measured server's core."""
    with on_cores(OTHER_CORES):
        postgres = PostgresServer()
    try:
        yield Databases(folder, postgres)
    finally:
        postgres.stop()


def settings_for(url: str, folder: Path) -> Settings:
    """The settings of a database opened in this process."""
    return Settings(data_dir=folder / "data", database_url=url, load_samples=False, db_statement_timeout_seconds=600)


def native_address(url: str) -> str:
    """A database's address as its driver takes it: a file name, or a PostgreSQL URL."""
    return url.removeprefix("sqlite+aiosqlite:///").replace("postgresql+asyncpg", "postgresql")


async def vacuum(url: str) -> None:
    """``VACUUM ANALYZE`` on PostgreSQL."""
    import asyncpg

    connection = await asyncpg.connect(native_address(url))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def drafts(values: Iterable[dict[str, Any]]) -> Iterator[list[TraceDraft]]:
    """Checked traces, in batches."""
    made = (validate_trace(value, MAX_BYTES) for value in values)
    while batch := list(islice(made, BATCH)):
        yield batch


async def fill(settings: Settings, values: Iterable[dict[str, Any]], *, scored: bool = False) -> None:
    """Stores traces, with two scores each if they are to be scored."""
    database = Database(settings)
    for batch in drafts(values):
        async with database.write() as session:
            rows = await add_traces(session, batch)
            if scored:
                await add_model_scores(session, [row["id"] for row in rows])
        if scored:
            ids = [row["id"] for row in rows]
            await score_batch(database, ScorerExecutor(), ids, get_scorer("baseline"), only_missing=False)
    await database.close()


async def add_model_scores(session: Session, ids: list[uuid.UUID]) -> None:
    """A model's score for each trace."""
    scored_by = [
        {
            "id": new_id(),
            "trace_id": trace_id,
            "step_index": None,
            "scorer": MODEL_SCORER,
            "scorer_version": "1",
            "kind": "MODEL",
            "score": position % 100 / 100,
            "rationale": "Each step follows from the one before.",
            "details": None,
            "scored_at": now(),
            "run_id": None,
        }
        for position, trace_id in enumerate(ids)
    ]
    await session.execute(insert(scores), scored_by)
