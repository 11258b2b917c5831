"""Runs for the tests of the API: ledger rows and events, as the processes of runs write them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from tests.support.factories import START
from tests.support.ledger import run_row
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.config import RunConfig, config_json
from tunix_rt.domain.runs.events import Entry, LogLine, StatePoint, append, metric_point
from tunix_rt.domain.runs.manifest import Training

ENDED = {"status": "COMPLETED", "attempt": 1, "progress": 1.0, "message": "It is done."}


def at(seconds: float) -> datetime:
    """Returns the instant ``seconds`` after ``START``."""
    return START + timedelta(seconds=seconds)


def config_row(**fields: Any) -> dict[str, Any]:
    """Returns the stored parameters of a run, with the given training parameters."""
    return config_json(RunConfig(dataset_id=uuid.UUID(int=1), model_id="m", training=Training(**fields)))


async def entered(database: Database, seconds: float = 0, **columns: Any) -> dict[str, Any]:
    """Stores a run that was created ``seconds`` after ``START``, and returns its row."""
    row = run_row(at(seconds), **columns)
    if JobStatus(row["status"]) not in {JobStatus.PENDING, JobStatus.RUNNING}:
        row["completed_at"] = row["completed_at"] or at(seconds + 10)
    if row["status"] == "RUNNING":
        row |= {"owner": "w", "lease_expires_at": at(seconds + 60)}
    async with database.write() as session:
        await session.execute(insert(tunix_runs), [row])
    return row


async def append_entries(database: Database, run: dict[str, Any], entries: Sequence[Entry], **columns: Any) -> None:
    """Appends entries to a run's sequence, and sets columns of the run in the same transaction."""
    async with database.write() as session:
        assert await append(session, run["id"], entries, **columns)


def line(text: str, attempt: int = 1, stream: LogStream = LogStream.STDOUT, seconds: float = 0) -> LogLine:
    """A line of a run's log."""
    return LogLine(at(seconds), attempt, stream, text)


def state(status: str, attempt: int = 1, seconds: float = 0, progress: float = 0.0, **fields: Any) -> StatePoint:
    """Returns a status event of a run."""
    return StatePoint(at(seconds), attempt, JobStatus(status), progress, **fields)


def points(name: str, values: Sequence[float], attempt: int = 1, start: int = 1) -> list[Entry]:
    """The values of a metric at steps that follow each other."""
    return [metric_point(at(step), attempt, name, step, value) for step, value in enumerate(values, start)]


async def artifact(database: Database, run: dict[str, Any], name: str, **columns: Any) -> dict[str, Any]:
    """A file of a run, in the database alone."""
    given = {
        "id": uuid.uuid4(),
        "run_id": run["id"],
        "name": name,
        "kind": "OTHER",
        "step": None,
        "byte_size": 3,
        "sha256": "00",
        "created_at": at(0),
    }
    async with database.write() as session:
        await session.execute(insert(run_artifacts), [given | columns])
    return given | columns


def uuids(connection: dict[str, Any]) -> list[str]:
    """The runs of a page."""
    return [node["uuid"] for node in connection["nodes"]]
